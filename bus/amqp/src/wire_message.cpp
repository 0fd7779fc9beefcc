#include "wire_message.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace bus::amqp {

const header_value* wire_message::find_header(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, &std::pair<std::string, header_value>::first);
    return found == headers.end() ? nullptr : &found->second;
}

std::string_view wire_message::text_header(std::string_view name) const {
    const auto* value = find_header(name);
    const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
    return text == nullptr ? std::string_view{} : std::string_view{*text};
}

std::optional<std::int64_t> wire_message::number_header(std::string_view name) const {
    const auto* value = find_header(name);
    if (value == nullptr) return std::nullopt;
    if (const auto* number = std::get_if<std::int64_t>(value)) return *number;
    const auto& text = std::get<std::string>(*value);
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest != end) return std::nullopt;
    return number;
}

}  // namespace bus::amqp
