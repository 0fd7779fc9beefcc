#include "body.hpp"

#include <bus/json_depth.hpp>
#include <charconv>
#include <limits>
#include <optional>

#include "target.hpp"
#include "text.hpp"

namespace web {
namespace {

constexpr std::int64_t largest_page = 1'000'000'000;

std::optional<std::int64_t> read_number(const parameters& query, std::string_view name, std::int64_t fallback,
                                        std::int64_t most) {
    const auto* text = query.find(name);
    if (!text || text->empty()) return fallback;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value < 1 || value > most) return std::nullopt;
    return value;
}

}  // namespace

bool is_of_type(const request& request, std::string_view wanted) {
    const auto value = request.header("content-type");
    const auto semicolon = value.find(';');
    if (!equals_ignoring_case(trim(value.substr(0, semicolon)), wanted)) return false;
    if (semicolon == std::string_view::npos) return true;
    const auto parameter = to_lower(trim(value.substr(semicolon + 1)));
    return !parameter.starts_with("charset=") || parameter == "charset=utf-8" || parameter == "charset=\"utf-8\"";
}

std::expected<nlohmann::json, response> read_json(const request& request, const limits& limits,
                                                  std::string_view good_as_well) {
    if (!is_of_type(request, "application/json") && (good_as_well.empty() || !is_of_type(request, good_as_well)))
        return std::unexpected{problem(415, "The body must be application/json.")};
    if (bus::is_nested_deeper(request.body, limits.json_depth))
        return std::unexpected{
            problem(400, "The JSON is nested deeper than " + std::to_string(limits.json_depth) + " levels.")};
    try {
        return nlohmann::json::parse(request.body);
    } catch (const nlohmann::json::parse_error& broken) {
        return std::unexpected{
            problem(400, "The body is not JSON: it breaks at byte " + std::to_string(broken.byte) + ".")};
    } catch (const nlohmann::json::exception&) {
        return std::unexpected{problem(400, "The body is not JSON: it holds a number that is too large.")};
    }
}

std::expected<parameters, response> read_form(const request& request, const limits& limits) {
    if (!is_of_type(request, "application/x-www-form-urlencoded"))
        return std::unexpected{problem(415, "The body must be application/x-www-form-urlencoded.")};
    parameters form;
    if (const auto broken = read_pairs(request.body, limits.form_fields, form))
        return std::unexpected{problem(400, std::string{*broken})};
    return form;
}

std::expected<page_wanted, response> read_page(const request& request) {
    std::vector<core::field_error> errors;
    const auto page = read_number(request.query, "page", 1, largest_page);
    const auto size = read_number(request.query, "size", 10, 100);
    if (!page) errors.push_back({"page", "must be a whole number from 1"});
    if (!size) errors.push_back({"size", "must be a whole number from 1 to 100"});
    if (!errors.empty()) return std::unexpected{problem(core::invalid(std::move(errors)).error())};
    return page_wanted{*page, *size};
}

}  // namespace web
