#include <array>
#include <core/hex.hpp>
#include <core/uuid.hpp>
#include <cstdint>
#include <string_view>

namespace core {

std::string to_hex(std::span<const std::byte> bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const auto byte : bytes) {
        text += digits[std::to_integer<unsigned>(byte) >> 4U];
        text += digits[std::to_integer<unsigned>(byte) & 15U];
    }
    return text;
}

std::string to_base64url(std::span<const std::byte> bytes) {
    static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (const auto byte : bytes) {
        buffer = buffer << 8U | std::to_integer<std::uint32_t>(byte);
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            text += digits[buffer >> bits & 63U];
        }
    }
    if (bits > 0) text += digits[buffer << (6 - bits) & 63U];
    return text;
}

std::string random_token() {
    std::array<std::byte, 32> bytes{};
    random_bytes(bytes);
    return to_base64url(bytes);
}

}  // namespace core
