#include "secrets.hpp"

#include <sodium.h>

#include <algorithm>
#include <core/hex.hpp>
#include <core/uuid.hpp>
#include <span>
#include <vector>

namespace web {
namespace {

constexpr std::size_t cookie_bytes = 32;
constexpr std::size_t cookie_characters = 43;  // 32 bytes in base64url

bool is_cookie_value(std::string_view value) {
    return value.size() == cookie_characters && std::ranges::all_of(value, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                      c == '_';
           });
}

}  // namespace

process_key::process_key() { core::random_bytes(std::as_writable_bytes(std::span{key_})); }

process_key::~process_key() { sodium_memzero(key_.data(), key_.size()); }

process_key::mac process_key::sign(std::string_view text) const {
    static_assert(crypto_auth_hmacsha256_BYTES == 32 && crypto_auth_hmacsha256_KEYBYTES == 32);
    mac code{};
    std::vector<unsigned char> bytes{text.begin(), text.end()};
    crypto_auth_hmacsha256(code.data(), bytes.data(), bytes.size(), key_.data());
    return code;
}

bool process_key::equal(std::string_view a, std::string_view b) const {
    const auto first = sign(a);
    const auto second = sign(b);
    return sodium_memcmp(first.data(), second.data(), first.size()) == 0;
}

std::string form_guard::token_of(std::string_view cookie) const {
    const auto code = key_.sign("form " + std::string{cookie});
    return core::to_base64url(std::as_bytes(std::span{code}));
}

form_guard::ticket form_guard::issue(const request& request) const {
    ticket result;
    const auto known = request.cookie(cookie_name);
    if (known && is_cookie_value(*known)) {
        result.cookie = *known;
    } else {
        std::array<std::byte, cookie_bytes> bytes{};
        core::random_bytes(bytes);
        result.cookie = core::to_base64url(bytes);
        result.is_new = true;
    }
    result.token = token_of(result.cookie);
    return result;
}

void form_guard::attach(response& answer, const ticket& ticket) {
    if (!ticket.is_new) return;
    answer.with("Set-Cookie",
                std::string{cookie_name} + '=' + ticket.cookie + "; Path=/; Secure; HttpOnly; SameSite=Lax");
}

bool form_guard::accepts(const request& request, const parameters& form) const {
    const auto cookie = request.cookie(cookie_name);
    const auto* token = form.find(field_name);
    return cookie && is_cookie_value(*cookie) && token && key_.equal(*token, token_of(*cookie));
}

}  // namespace web
