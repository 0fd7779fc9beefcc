#include <bus/json.hpp>
#include <bus/json_depth.hpp>
#include <cmath>
#include <stdexcept>

namespace bus::detail {

void require_finite(double number) {
    if (!std::isfinite(number)) throw std::invalid_argument{"a message holds a number that JSON cannot carry"};
}

std::string dump(const nlohmann::ordered_json& json) {
    try {
        return json.dump();
    } catch (const nlohmann::ordered_json::type_error& failure) {
        throw std::invalid_argument{std::string{"a message holds text that is not UTF-8: "} + failure.what()};
    }
}

nlohmann::json parse(std::string_view text) {
    if (is_nested_deeper(text, deepest_message)) return nlohmann::json::value_t::discarded;
    return nlohmann::json::parse(text, nullptr, false);
}

}  // namespace bus::detail
