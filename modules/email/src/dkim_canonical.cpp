#include "dkim_canonical.hpp"

#include <algorithm>

#include "ascii.hpp"

namespace email {
namespace {

constexpr std::string_view line_end = "\r\n";

bool is_space(char c) { return c == ' ' || c == '\t'; }

// Takes a line off the front, with its end.
std::string_view take_line(std::string_view& text) {
    const auto end = text.find(line_end);
    const auto line = text.substr(0, end == std::string_view::npos ? end : end + line_end.size());
    text.remove_prefix(line.size());
    return line;
}

// Runs of white space become one space, and those at the end nothing.
void append_reduced(std::string& result, std::string_view line) {
    bool is_pending = false;
    for (const char c : line) {
        if (is_space(c)) {
            is_pending = true;
            continue;
        }
        if (is_pending) result += ' ';
        is_pending = false;
        result += c;
    }
}

}  // namespace

std::vector<std::string_view> fields_of(std::string_view message) {
    std::vector<std::string_view> fields;
    while (!message.empty() && !message.starts_with(line_end)) {
        const auto* const begin = message.data();
        auto size = take_line(message).size();
        while (!message.empty() && is_space(message.front())) size += take_line(message).size();
        fields.emplace_back(begin, size);
    }
    return fields;
}

std::string_view body_of(std::string_view message) {
    const auto end = message.find("\r\n\r\n");
    return end == std::string_view::npos ? std::string_view{} : message.substr(end + 4);
}

std::string_view name_of(std::string_view field) {
    const auto name = field.substr(0, field.find(':'));
    return name.substr(0, name.find_last_not_of(" \t") + 1);
}

bool same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return ascii::to_lower(x) == ascii::to_lower(y); });
}

std::string relaxed_field(std::string_view field) {
    auto result = ascii::to_lower(name_of(field));
    result += ':';
    std::string value;
    for (const char c : field.substr(field.find(':') + 1))
        if (c != '\r' && c != '\n') value += c;
    append_reduced(result, std::string_view{value}.substr(std::min(value.find_first_not_of(" \t"), value.size())));
    return result;
}

std::string relaxed_body(std::string_view body) {
    std::string result;
    result.reserve(body.size() + line_end.size());
    std::size_t empty_lines = 0;  // dropped when nothing comes after them
    while (!body.empty()) {
        auto line = take_line(body);
        if (line.ends_with(line_end)) line.remove_suffix(line_end.size());
        if (std::ranges::all_of(line, is_space)) {
            ++empty_lines;
            continue;
        }
        for (; empty_lines > 0; --empty_lines) result += line_end;
        append_reduced(result, line);
        result += line_end;
    }
    return result;
}

}  // namespace email
