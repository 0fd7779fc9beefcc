#include "wire_message.hpp"

#include <charconv>
#include <system_error>

namespace bus::amqp {

std::string_view wire_message::text_header(std::string_view name) const {
    const auto value = headers.find(name);
    const auto* text = value ? std::get_if<std::string_view>(&*value) : nullptr;
    return text == nullptr ? std::string_view{} : *text;
}

std::optional<std::int64_t> wire_message::number_header(std::string_view name) const {
    const auto value = headers.find(name);
    if (!value) return std::nullopt;
    if (const auto* number = std::get_if<std::int64_t>(&*value)) return *number;
    const auto text = std::get<std::string_view>(*value);
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest != end) return std::nullopt;
    return number;
}

}  // namespace bus::amqp
