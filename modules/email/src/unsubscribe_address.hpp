#pragma once

#include <string_view>

namespace email {

// Whether it can stand in List-Unsubscribe (RFC 2369): https:// with a host and without an account, or mailto: with one
// address and perhaps a subject. ASCII, at most 800 characters. Only looked at, never asked.
[[nodiscard]] bool is_unsubscribe_address(std::string_view address);

}  // namespace email
