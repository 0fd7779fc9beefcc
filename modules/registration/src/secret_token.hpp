#pragma once

#include <string>
#include <string_view>

namespace registration {

// SHA-256, hex: what is stored of a token in a link or of a session. It has the entropy of a key, so a slow hash would
// add nothing.
[[nodiscard]] std::string hash_of(std::string_view token);

}  // namespace registration
