#pragma once

#include <cstdint>
#include <expected>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace product {

// A decimal of at most 12 digits before the point and 2 behind, not negative, taken as a string or a number. Kept as
// text, so that no cent is lost to binary fractions and a client reads what it wrote. The error says what would be
// right.
[[nodiscard]] std::expected<std::string, std::string> parse_price(const nlohmann::json& input);

// Of a price that parse_price() has made: for comparing. "19.9" is 1990.
[[nodiscard]] std::int64_t cents_of(std::string_view price);

}  // namespace product
