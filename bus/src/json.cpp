#include <algorithm>
#include <bus/json.hpp>
#include <bus/json_depth.hpp>
#include <cmath>
#include <stdexcept>

namespace bus::detail {

namespace {

// RFC 8259, section 7: what stands in a string as it is. Beyond ASCII it has to be checked.
bool is_plain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

}  // namespace

void append_json(std::string& out, const nlohmann::json& value, broken_text policy) {
    using handling = nlohmann::json::error_handler_t;
    try {
        out += value.dump(-1, ' ', false, policy == broken_text::refused ? handling::strict : handling::replace);
    } catch (const nlohmann::json::type_error& failure) {
        throw std::invalid_argument{std::string{"a message holds text that is not UTF-8: "} + failure.what()};
    }
}

void append_text(std::string& out, std::string_view text, broken_text policy) {
    if (!is_plain(text)) return append_json(out, nlohmann::json(text), policy);
    out += '"';
    out += text;
    out += '"';
}

void append_number(std::string& out, double number) {
    if (!std::isfinite(number)) throw std::invalid_argument{"a message holds a number that JSON cannot carry"};
    out += nlohmann::json(number).dump();
}

nlohmann::json parse(std::string_view text) {
    if (is_nested_deeper(text, deepest_message)) return nlohmann::json::value_t::discarded;
    return nlohmann::json::parse(text, nullptr, false);
}

}  // namespace bus::detail
