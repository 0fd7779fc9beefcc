#pragma once

#include <string_view>

namespace registration {

// Whether a password is among the 3,500 most used ones, in any case and with any digits behind it. Any thread.
[[nodiscard]] bool is_common_password(std::string_view password);

}  // namespace registration
