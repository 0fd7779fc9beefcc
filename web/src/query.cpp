#include "query.hpp"

#include <charconv>

namespace web {

std::optional<std::string> text_parameter(const request& request, std::string_view name) {
    const auto* value = request.query.find(name);
    return value && !value->empty() ? std::optional{*value} : std::nullopt;
}

std::optional<core::timestamp> time_parameter(const request& request, std::string_view name,
                                              std::vector<core::field_error>& errors) {
    const auto value = text_parameter(request, name);
    if (!value) return std::nullopt;
    const auto parsed = core::from_rfc3339(*value);
    if (!parsed) errors.push_back({std::string{name}, "must be a time such as 2026-01-31T12:00:00.000Z"});
    return parsed;
}

std::int64_t number_parameter(const request& request, std::string_view name, std::int64_t fallback, std::int64_t most,
                              std::vector<core::field_error>& errors) {
    const auto text = text_parameter(request, name);
    if (!text) return fallback;
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (failure == std::errc{} && end == text->data() + text->size() && number >= 1 && number <= most) return number;
    errors.push_back({std::string{name}, "must be a whole number from 1 to " + std::to_string(most)});
    return fallback;
}

std::int64_t size_parameter(const request& request, std::int64_t fallback, std::int64_t most,
                            std::vector<core::field_error>& errors) {
    return number_parameter(request, "size", fallback, most, errors);
}

}  // namespace web
