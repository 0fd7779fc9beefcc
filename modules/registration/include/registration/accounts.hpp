#pragma once

#include <bus/message.hpp>
#include <optional>
#include <registration/user_view.hpp>
#include <string>

// What people do with their own account. Whoever sends these has made sure, with find_session, that `user_id` asks.
// Errors of all: not_found when the account is gone.
namespace registration {

// What is not given stays. A new address counts once it is confirmed; until then the old one does. The answer is the
// same whether the new address is somebody else's. Fields with errors: name, email.
struct update_user {
    static constexpr auto message = bus::request<user_view>("registration.update_user", 1);
    std::string user_id;
    std::optional<std::string> name;
    std::optional<std::string> email;
};
BOOST_DESCRIBE_STRUCT(update_user, (), (user_id, name, email))

struct password_changed_answer {
    std::optional<std::string> token;  // of the session that goes on
};
BOOST_DESCRIBE_STRUCT(password_changed_answer, (), (token))

// Ends all sessions but `session_id`; with `renews_token` that one goes on under a new token. Fields with errors:
// current_password, new_password. Error: limited.
struct change_password {
    static constexpr auto message = bus::request<password_changed_answer>("registration.change_password", 1);
    std::string user_id;
    std::string session_id;
    std::string current_password;
    std::string new_password;
    bool renews_token = false;
};
BOOST_DESCRIBE_STRUCT(change_password, (), (user_id, session_id, current_password, new_password, renews_token))

// Erases the account and what belongs to it. Field with errors: password. Error: limited.
struct delete_user {
    static constexpr auto message = bus::request<bus::done>("registration.delete_user", 1);
    std::string user_id;
    std::string password;
};
BOOST_DESCRIBE_STRUCT(delete_user, (), (user_id, password))

}  // namespace registration
