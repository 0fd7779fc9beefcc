#pragma once

#include <chrono>
#include <core/clock.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "secrets.hpp"

namespace web {

// Who is signed in to the console, and the links that sign in. In memory: a restart ends every session, and so does a
// new admin token. Of each token only a keyed hash is kept. Time counts by both clocks: one that is set back prolongs
// nothing, and neither does a machine that sleeps. Loop thread; what it is given outlives it.
class console_sessions {
public:
    static constexpr std::chrono::minutes link_lifetime{30};
    static constexpr std::chrono::hours session_lifetime{72};
    // One more drops the oldest.
    static constexpr std::size_t most_links = 16;
    static constexpr std::size_t most_sessions = 64;

    // `admin_token`: empty while nobody is admin.
    console_sessions(const core::clock& clock, const process_key& key, std::function<std::string()> admin_token)
        : clock_{clock}, key_{key}, admin_token_{std::move(admin_token)} {}

    // The token of a new link: 256 random bits, good for one sign-in.
    [[nodiscard]] std::string make_link();
    // The token of a new session, for that of a link or for the admin token; none for any other.
    [[nodiscard]] std::optional<std::string> sign_in(std::string_view token);
    [[nodiscard]] bool is_open(std::string_view session) const;
    void sign_out(std::string_view session);

private:
    struct opened {
        core::monotonic_time since;
        core::timestamp at;
        process_key::mac admin_token;  // that was in force then
    };
    using by_token = std::map<process_key::mac, opened>;

    [[nodiscard]] std::string add_to(by_token& all, std::size_t most);
    [[nodiscard]] bool is_good(const by_token& all, std::string_view token, std::chrono::seconds lifetime) const;
    [[nodiscard]] bool take_link(std::string_view token);

    const core::clock& clock_;
    const process_key& key_;
    std::function<std::string()> admin_token_;
    by_token links_;
    by_token sessions_;
};

}  // namespace web
