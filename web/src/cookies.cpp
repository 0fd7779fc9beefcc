#include "cookies.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "text.hpp"

namespace web {
namespace {

constexpr std::size_t longest_token = 256;

std::string attributes(same_site links) {
    return std::string{"; Path=/; Secure; HttpOnly; SameSite="} + (links == same_site::strict ? "Strict" : "Lax");
}

// In the order of the enumerators; the value of the cookie is the place here.
constexpr std::array<std::string_view, 11> sentences{
    "Your address is confirmed. You can sign in now.",
    "Your password is changed. Sign in with the new one.",
    "You are signed out.",
    "Your account is deleted, with everything in it.",
    "Your name is changed.",
    "A mail is on its way to the new address. It counts as soon as you have followed the link in that mail.",
    "Your password is changed. Everywhere else you were signed out.",
    "The session is ended.",
    "The product is created.",
    "The product is saved.",
    "The product is deleted.",
};

}  // namespace

bool is_possible_token(std::string_view token) {
    return !token.empty() && token.size() <= longest_token && std::ranges::all_of(token, is_token_character);
}

std::string_view session_token_in_cookie(const request& request) {
    const auto token = request.cookie(session_cookie).value_or(std::string_view{});
    return is_possible_token(token) ? token : std::string_view{};
}

void set_cookie(response& answer, std::string_view name, std::string_view value, same_site links) {
    answer.with("Set-Cookie", std::string{name} + '=' + std::string{value} + attributes(links));
}

void drop_cookie(response& answer, std::string_view name, same_site links) {
    answer.with("Set-Cookie", std::string{name} + '=' + attributes(links) + "; Max-Age=0");
}

void leave_notice(response& answer, notice what) {
    answer.with("Set-Cookie", std::string{notice_cookie} + '=' + std::to_string(std::to_underlying(what)) +
                                  attributes(same_site::lax) + "; Max-Age=60");
}

std::string_view notice_for(const request& request) {
    const auto value = request.cookie(notice_cookie);
    if (!value) return {};
    std::size_t place = 0;
    const auto [end, failure] = std::from_chars(value->data(), value->data() + value->size(), place);
    const bool is_place = failure == std::errc{} && end == value->data() + value->size() && place < sentences.size();
    return is_place ? sentences.at(place) : std::string_view{};
}

void take_notice(response& answer, const request& request) {
    if (request.cookie(notice_cookie)) drop_cookie(answer, notice_cookie);
}

}  // namespace web
