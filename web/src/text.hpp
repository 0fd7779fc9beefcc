#pragma once

#include <core/utf8.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace web {

[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] std::string_view trim(std::string_view text);

// A character of a token (RFC 9110, section 5.6.2).
[[nodiscard]] bool is_token_character(char character);

using core::is_valid_utf8;

// std::nullopt for a broken escape. `plus_is_space`: as forms have it.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

// For a value in a query: everything but letters, digits and -._~/ is escaped.
[[nodiscard]] std::string percent_encode(std::string_view text);

// 2026-11-21 09:30 UTC, of what core::to_rfc3339() has written.
[[nodiscard]] std::string to_minutes(std::string_view rfc3339);

// A path of this site that a redirect may go to: /x, and never //host, /\host or anything with control characters.
[[nodiscard]] bool is_local_path(std::string_view target);

}  // namespace web
