#pragma once

#include <expected>
#include <nlohmann/json.hpp>
#include <string>

namespace product {

// A decimal of at most 12 digits before the point and 2 behind, not negative, taken as a string or a number. Kept as
// text, so that no cent is lost to binary fractions and a client reads what it wrote. The error says what would be
// right.
[[nodiscard]] std::expected<std::string, std::string> parse_price(const nlohmann::json& input);

}  // namespace product
