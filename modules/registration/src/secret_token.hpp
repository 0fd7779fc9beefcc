#pragma once

#include <string>
#include <string_view>

namespace registration {

// 256 random bits as base64url: for a link in a mail, or for a session.
[[nodiscard]] std::string make_token();

// SHA-256, hex: what is stored. The token has the entropy of a key, so a slow hash would add nothing.
[[nodiscard]] std::string hash_of(std::string_view token);

}  // namespace registration
