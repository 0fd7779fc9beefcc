#pragma once

#include <string>
#include <string_view>

namespace app {

// Text for a format that takes UTF-8 alone: what is none becomes U+FFFD.
[[nodiscard]] std::string valid_text(std::string_view text);

}  // namespace app
