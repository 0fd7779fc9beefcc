#pragma once

#include <array>
#include <core/error.hpp>
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <web/request.hpp>
#include <web/response.hpp>

namespace web {

// A key that lives as long as the process, for what need not outlive it. sodium_init() comes first.
class process_key {
public:
    process_key();
    process_key(const process_key&) = delete;
    process_key& operator=(const process_key&) = delete;
    ~process_key();

    using mac = std::array<unsigned char, 32>;
    // HMAC-SHA-256.
    [[nodiscard]] mac sign(std::string_view text) const;

private:
    std::array<unsigned char, 32> key_;
};

// Compares in a time that says nothing of where the two differ. Their lengths are no secret.
[[nodiscard]] bool is_same_secret(std::string_view a, std::string_view b);

// Binds a form to the browser that asked for it: a cookie that only we can read, and in the form a token made from it
// and from the session. Another site can make a browser send the cookies, but knows no token that belongs to them; a
// token from before the sign-in is void after it.
class form_guard {
public:
    static constexpr std::string_view field_name = "csrf_token";
    static constexpr std::string_view header_name = "x-csrf-token";  // for scripts that have no form to send

    // `own_origin`: of the public URL. `session`: the cookie of the sessions that its tokens
    // belong to, a literal; empty for forms that belong to none.
    explicit form_guard(const process_key& key, std::string own_origin, std::string_view session)
        : key_{key}, own_origin_{std::move(own_origin)}, bound_to_{session} {}

    // The value of the cookie: the one that the browser has, or a new one, which is then set with `answer`.
    struct ticket {
        std::string cookie;
        std::string token;
        bool is_new = false;
    };
    [[nodiscard]] ticket issue(const request& request) const;
    static void attach(response& answer, const ticket& ticket);

    // Why the request is not taken for one of our own forms.
    [[nodiscard]] std::optional<core::error> trouble_with(const request& request) const;
    // The fields of a form that is one of ours.
    [[nodiscard]] std::expected<parameters, response> read(const request& request) const;
    // Why a browser would not keep the cookies that are set here.
    [[nodiscard]] std::optional<core::error> plain_http(const request& request) const;

private:
    [[nodiscard]] std::string token_of(const request& request, std::string_view cookie) const;
    [[nodiscard]] bool accepts(const request& request, std::string_view token) const;

    const process_key& key_;
    std::string own_origin_;
    std::string_view bound_to_;
};

}  // namespace web
