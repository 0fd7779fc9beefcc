#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace core {

// Lower case, two digits a byte.
[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);

// base64url without padding (RFC 4648, section 5): for tokens in links.
[[nodiscard]] std::string to_base64url(std::span<const std::byte> bytes);

}  // namespace core
