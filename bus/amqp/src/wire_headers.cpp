#include "wire_headers.hpp"

#include <algorithm>

namespace bus::amqp {

wire_headers::wire_headers(std::initializer_list<header> headers) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : headers) {
        const auto* text = std::get_if<std::string_view>(&value);
        bytes += name.size() + (text == nullptr ? 0 : text->size());
    }
    reserve(headers.size(), bytes);
    for (const auto& [name, value] : headers) add(name, value);
}

void wire_headers::reserve(std::size_t headers, std::size_t bytes) {
    entries_.reserve(headers);
    text_.reserve(bytes);
}

void wire_headers::add(std::string_view name, header_value value) {
    entry entry{keep(name), {}};
    if (const auto* text = std::get_if<std::string_view>(&value))
        entry.value = keep(*text);
    else
        entry.value = std::get<std::int64_t>(value);
    entries_.push_back(entry);
}

std::optional<header_value> wire_headers::find(std::string_view name) const {
    const auto found = std::ranges::find_if(entries_, [&](const entry& entry) { return text_of(entry.name) == name; });
    if (found == entries_.end()) return std::nullopt;
    return at(*found).second;
}

wire_headers::piece wire_headers::keep(std::string_view text) {
    const piece kept{text_.size(), text.size()};
    text_.append(text);
    return kept;
}

header wire_headers::at(const entry& entry) const {
    if (const auto* text = std::get_if<piece>(&entry.value)) return {text_of(entry.name), text_of(*text)};
    return {text_of(entry.name), std::get<std::int64_t>(entry.value)};
}

}  // namespace bus::amqp
