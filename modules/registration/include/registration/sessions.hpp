#pragma once

#include <bus/message.hpp>
#include <core/clock.hpp>
#include <optional>
#include <registration/user_view.hpp>
#include <string>
#include <vector>

// Who is signed in. A session's token is a secret: it is answered once, at sign-in; only its hash is kept.
namespace registration {

struct session_begun {
    std::string token;
    core::timestamp expires_at{};  // even when it is used all the time
    user_view user;
};
BOOST_DESCRIBE_STRUCT(session_begun, (), (token, expires_at, user))

// `client`: what its owner may know it by in a list, from User-Agent and address. Errors: unauthenticated, the same
// and in the same time for an unknown address, a wrong password and a disabled account; limited; after the right
// password denied with the code "confirmation-required".
struct sign_in {
    static constexpr auto message = bus::request<session_begun>("registration.sign_in", 1);
    std::string email;
    std::string password;
    std::string client;
};
BOOST_DESCRIBE_STRUCT(sign_in, (), (email, password, client))

struct signed_in {
    std::string session_id;
    core::timestamp expires_at{};
    user_view user;
};
BOOST_DESCRIBE_STRUCT(signed_in, (), (session_id, expires_at, user))

// Whose token is this? Counts as use of the session. Error: unauthenticated when it is unknown, ended or expired.
struct find_session {
    static constexpr auto message = bus::request<signed_in>("registration.find_session", 1, bus::repetition::harmless);
    std::string token;
};
BOOST_DESCRIBE_STRUCT(find_session, (), (token))

struct session_view {
    std::string id;
    std::string client;
    core::timestamp created_at{};
    core::timestamp last_used_at{};  // exact to a minute
    core::timestamp expires_at{};
    bool current = false;
};
BOOST_DESCRIBE_STRUCT(session_view, (), (id, client, created_at, last_used_at, expires_at, current))

struct sessions_of_user {
    std::vector<session_view> items;  // the one used last first
};
BOOST_DESCRIBE_STRUCT(sessions_of_user, (), (items))

struct list_sessions {
    static constexpr auto message =
        bus::request<sessions_of_user>("registration.list_sessions", 1, bus::repetition::harmless);
    std::string user_id;
    std::string session_id;  // the one that asks
};
BOOST_DESCRIBE_STRUCT(list_sessions, (), (user_id, session_id))

// Error: not_found when the user has no such session.
struct end_session {
    static constexpr auto message = bus::request<bus::done>("registration.end_session", 1);
    std::string user_id;
    std::string session_id;
};
BOOST_DESCRIBE_STRUCT(end_session, (), (user_id, session_id))

}  // namespace registration
