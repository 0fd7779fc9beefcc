#include "secrets.hpp"

#include <sodium.h>

#include <algorithm>
#include <core/hex.hpp>
#include <core/uuid.hpp>
#include <span>
#include <vector>

#include "body.hpp"
#include "cookies.hpp"
#include "origin.hpp"

namespace web {
namespace {

constexpr std::size_t cookie_characters = 43;  // of core::random_token()

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

bool is_same_secret(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string form_guard::token_of(const request& request, std::string_view cookie) const {
    const auto session =
        bound_to_.empty() ? std::string_view{} : request.cookie(bound_to_).value_or(std::string_view{});
    const auto code = key_.sign(std::string{bound_to_} + ' ' + std::string{cookie} + ' ' + std::string{session});
    return core::to_base64url(std::as_bytes(std::span{code}));
}

form_guard::ticket form_guard::issue(const request& request) const {
    ticket result;
    const auto known = request.cookie(form_cookie);
    if (known && is_cookie_value(*known)) {
        result.cookie = *known;
    } else {
        result.cookie = core::random_token();
        result.is_new = true;
    }
    result.token = token_of(request, result.cookie);
    return result;
}

void form_guard::attach(response& answer, const ticket& ticket) {
    if (ticket.is_new) set_cookie(answer, form_cookie, ticket.cookie);
}

bool form_guard::accepts(const request& request, std::string_view token) const {
    const auto cookie = request.cookie(form_cookie);
    return cookie && is_cookie_value(*cookie) && is_same_secret(token, token_of(request, *cookie));
}

std::optional<core::error> form_guard::plain_http(const request& request) const {
    if (keeps_secure_cookies(request, own_origin_)) return std::nullopt;
    return core::error{core::error_kind::denied,
                       "This needs an address that begins with https://. Over plain http anybody on the way could read "
                       "along, so browsers keep no sign-in from here."};
}

std::optional<core::error> form_guard::trouble_with(const request& request) const {
    if (auto trouble = plain_http(request)) return trouble;
    if (request.has_header(header_name)) {
        if (accepts(request, request.header(header_name))) return std::nullopt;
    } else if (const auto form = read_form(request)) {
        if (accepts(request, form->value_or_empty(field_name))) return std::nullopt;
    }
    return core::error{core::error_kind::denied,
                       "The form is out of date, or it was not sent from this site. Please open it again and retry."};
}

std::expected<parameters, response> form_guard::read(const request& request) const {
    auto form = read_form(request);
    if (!form) return form;
    if (const auto trouble = trouble_with(request)) return std::unexpected{problem(*trouble)};
    return form;
}

}  // namespace web
