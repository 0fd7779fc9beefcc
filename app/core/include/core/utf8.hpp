#pragma once

#include <string_view>

namespace core {

// Well-formed by the table of Unicode 15, section 3.9: no overlong form, no surrogate.
[[nodiscard]] bool is_valid_utf8(std::string_view text);

}  // namespace core
