#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
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
    // In a time that says nothing of where they differ, nor of how long the known one is.
    [[nodiscard]] bool equal(std::string_view a, std::string_view b) const;

private:
    std::array<unsigned char, 32> key_;
};

// Binds a form to the browser that asked for it: a cookie that only we can read, and in the form a token made from it.
// Another site can make a browser send the cookie, but knows no token that belongs to it.
class form_guard {
public:
    static constexpr std::string_view cookie_name = "__Host-busbar_form";
    static constexpr std::string_view field_name = "csrf_token";

    explicit form_guard(const process_key& key) : key_{key} {}

    // The value of the cookie: the one that the browser has, or a new one, which is then set with `answer`.
    struct ticket {
        std::string cookie;
        std::string token;
        bool is_new = false;
    };
    [[nodiscard]] ticket issue(const request& request) const;
    static void attach(response& answer, const ticket& ticket);

    [[nodiscard]] bool accepts(const request& request, const parameters& form) const;

private:
    [[nodiscard]] std::string token_of(std::string_view cookie) const;

    const process_key& key_;
};

}  // namespace web
