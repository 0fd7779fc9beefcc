#include "secret_token.hpp"

#include <sodium.h>

#include <array>
#include <core/hex.hpp>
#include <core/uuid.hpp>

namespace registration {

std::string make_token() {
    std::array<std::byte, 32> bytes{};
    core::random_bytes(bytes);
    return core::to_base64url(bytes);
}

std::string hash_of(std::string_view token) {
    std::array<std::byte, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                       reinterpret_cast<const unsigned char*>(token.data()), token.size());
    return core::to_hex(digest);
}

}  // namespace registration
