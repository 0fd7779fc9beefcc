#pragma once

#include <cstddef>
#include <string_view>

namespace core {

// Bytes of the well-formed sequence at the start of `text`, 1 to 4; 0 when there is none.
[[nodiscard]] std::size_t utf8_sequence(std::string_view text) noexcept;

// Well-formed by the table of Unicode 15, section 3.9: no overlong form, no surrogate.
[[nodiscard]] bool is_valid_utf8(std::string_view text);

}  // namespace core
