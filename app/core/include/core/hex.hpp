#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace core {

// Lower case, two digits a byte.
[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);

// base64url without padding (RFC 4648, section 5): for tokens in links.
[[nodiscard]] std::string to_base64url(std::span<const std::byte> bytes);

// A secret that nobody guesses: 256 bits from the kernel's generator, as 43 characters of base64url. Any thread.
[[nodiscard]] std::string random_token();

}  // namespace core
