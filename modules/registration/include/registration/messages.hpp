#pragma once

#include <bus/message.hpp>
#include <core/clock.hpp>
#include <string>

// What the module registration says and answers.
namespace registration {

// A person asks for an account. The answer is the same whether the address was known or not. Fields with errors: name,
// email, password (code "too_common").
struct registration_pending {
    std::string status = "pending_confirmation";
    std::string email;
};
BOOST_DESCRIBE_STRUCT(registration_pending, (), (status, email))

struct register_user {
    static constexpr auto message = bus::request<registration_pending>("registration.register", 1);
    std::string name;
    std::string email;
    std::string password;
};
BOOST_DESCRIBE_STRUCT(register_user, (), (name, email, password))

// Confirms the address that the token was mailed to. Error: gone when the token is used up, expired or unknown.
struct confirm {
    static constexpr auto message = bus::request<bus::done>("registration.confirm", 1);
    std::string token;
};
BOOST_DESCRIBE_STRUCT(confirm, (), (token))

// For the mail alone: makes a new confirmation token for a user and answers with the link that holds it, once. Older
// tokens of the user are void from then on. Errors: not_found, conflict when the user is confirmed already.
struct confirmation_link_answer {
    std::string link;
    core::timestamp expires_at{};
};
BOOST_DESCRIBE_STRUCT(confirmation_link_answer, (), (link, expires_at))

struct confirmation_link {
    static constexpr auto message = bus::request<confirmation_link_answer>("registration.confirmation_link", 1);
    std::string user_id;
};
BOOST_DESCRIBE_STRUCT(confirmation_link, (), (user_id))

struct user_registered {
    static constexpr auto message = bus::event("registration.user_registered", 1);
    std::string user_id;
    std::string name;
    std::string email;
    [[nodiscard]] const std::string& key() const { return user_id; }
};
BOOST_DESCRIBE_STRUCT(user_registered, (), (user_id, name, email))

// Somebody registered with the address of a user that exists.
struct registration_repeated {
    static constexpr auto message = bus::event("registration.registration_repeated", 1);
    std::string user_id;
    std::string name;  // of the user that exists
    std::string email;
    bool is_confirmed = false;
    [[nodiscard]] const std::string& key() const { return user_id; }
};
BOOST_DESCRIBE_STRUCT(registration_repeated, (), (user_id, name, email, is_confirmed))

struct user_confirmed {
    static constexpr auto message = bus::event("registration.user_confirmed", 1);
    std::string user_id;
    std::string email;
    [[nodiscard]] const std::string& key() const { return user_id; }
};
BOOST_DESCRIBE_STRUCT(user_confirmed, (), (user_id, email))

}  // namespace registration
