#include "secret_token.hpp"

#include <sodium.h>

#include <array>
#include <core/hex.hpp>

namespace registration {

std::string hash_of(std::string_view token) {
    std::array<std::byte, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                       reinterpret_cast<const unsigned char*>(token.data()), token.size());
    return core::to_hex(digest);
}

}  // namespace registration
