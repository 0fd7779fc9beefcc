#include "console_sessions.hpp"

#include <algorithm>
#include <core/hex.hpp>

namespace web {

std::string console_sessions::add_to(by_token& all, std::size_t most) {
    auto token = core::random_token();
    if (all.size() >= most)
        all.erase(std::ranges::min_element(all, {}, [](const auto& one) { return one.second.since; }));
    all.emplace(key_.sign(token), opened{clock_.monotonic(), clock_.now(), key_.sign(admin_token_())});
    return token;
}

bool console_sessions::is_good(const by_token& all, std::string_view token, std::chrono::seconds lifetime) const {
    const auto found = all.find(key_.sign(token));
    if (found == all.end()) return false;
    const auto& [since, at, made_with] = found->second;
    if (clock_.monotonic() >= since + lifetime || clock_.now() >= at + lifetime) return false;
    const auto admin_token = admin_token_();
    return !admin_token.empty() && made_with == key_.sign(admin_token);
}

bool console_sessions::take_link(std::string_view token) {
    const bool is_taken = is_good(links_, token, link_lifetime);
    links_.erase(key_.sign(token));
    return is_taken;
}

std::string console_sessions::make_link() { return add_to(links_, most_links); }

std::optional<std::string> console_sessions::sign_in(std::string_view token) {
    const auto admin_token = admin_token_();
    const bool is_admin = !admin_token.empty() && is_same_secret(token, admin_token);
    if (!is_admin && !take_link(token)) return std::nullopt;
    return add_to(sessions_, most_sessions);
}

bool console_sessions::is_open(std::string_view session) const { return is_good(sessions_, session, session_lifetime); }

void console_sessions::sign_out(std::string_view session) { sessions_.erase(key_.sign(session)); }

}  // namespace web
