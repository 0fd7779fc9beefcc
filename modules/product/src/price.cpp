#include "price.hpp"

#include <array>
#include <charconv>
#include <string_view>

namespace product {
namespace {

constexpr std::size_t most_whole_digits = 12;
constexpr std::size_t most_places = 2;
constexpr auto expectation =
    "must be a decimal of at most 12 digits before the point and 2 behind it, such as \"19.90\"";

bool is_digits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

std::string text_of(const nlohmann::json& input) {
    if (input.is_string()) return input.get<std::string>();
    if (input.is_number_integer()) return input.dump();
    if (!input.is_number_float()) return {};
    // The shortest text that reads as the same number: 19.9 of 19.90, never 19.899999999999998.
    std::array<char, 400> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), input.get<double>(), std::chars_format::fixed).ptr;
    return {digits.begin(), end};
}

}  // namespace

std::expected<std::string, std::string> parse_price(const nlohmann::json& input) {
    auto text = text_of(input);
    const std::string_view view{text};
    const auto point = view.find('.');
    const auto whole = view.substr(0, point);
    const auto places = point == std::string_view::npos ? std::string_view{} : view.substr(point + 1);
    const bool has_places = point == std::string_view::npos || (!places.empty() && places.size() <= most_places);
    if (whole.empty() || whole.size() > most_whole_digits || !has_places || !is_digits(whole) || !is_digits(places))
        return std::unexpected{expectation};
    return text;
}

std::int64_t cents_of(std::string_view price) {
    std::int64_t cents = 0;
    std::size_t places = 0;
    bool is_behind_point = false;
    for (const char c : price) {
        if (c == '.') {
            is_behind_point = true;
            continue;
        }
        cents = cents * 10 + (c - '0');
        if (is_behind_point) ++places;
    }
    for (; places < most_places; ++places) cents *= 10;
    return cents;
}

}  // namespace product
