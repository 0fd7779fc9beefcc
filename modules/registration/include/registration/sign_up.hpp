#pragma once

#include <bus/message.hpp>
#include <core/clock.hpp>
#include <string>

// How an account begins, and how its owner gets back in. Answers never tell whether an address is known.
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

// Confirms the address that the token was mailed to: the first one of an account, or a new one. Error: gone when the
// token is used up, expired or unknown.
struct confirm {
    static constexpr auto message = bus::request<bus::done>("registration.confirm", 1);
    std::string token;
};
BOOST_DESCRIBE_STRUCT(confirm, (), (token))

// Mails the link for the confirmation once more, if the address waits for one and the last such mail is long enough
// ago. Error: invalid.
struct resend_confirmation {
    static constexpr auto message = bus::request<bus::done>("registration.resend_confirmation", 1);
    std::string email;
};
BOOST_DESCRIBE_STRUCT(resend_confirmation, (), (email))

// Mails a link for a new password, if the address belongs to an account that may sign in and the last such mail is
// long enough ago. Error: invalid.
struct forgot_password {
    static constexpr auto message = bus::request<bus::done>("registration.forgot_password", 1);
    std::string email;
};
BOOST_DESCRIBE_STRUCT(forgot_password, (), (email))

// Sets a new password and ends every session of the user. Errors: gone as for confirm; invalid (password).
struct reset_password {
    static constexpr auto message = bus::request<bus::done>("registration.reset_password", 1);
    std::string token;
    std::string password;
};
BOOST_DESCRIBE_STRUCT(reset_password, (), (token, password))

// For the mail alone: makes a new token for a user and answers with the link that holds it, once. Older tokens of the
// user for the same purpose are void from then on. `purpose`: confirmation, new_address, password_reset. Errors:
// not_found, conflict when there is nothing to confirm (any more).
struct mail_link_answer {
    std::string link;
    core::timestamp expires_at{};
};
BOOST_DESCRIBE_STRUCT(mail_link_answer, (), (link, expires_at))

struct mail_link {
    static constexpr auto message = bus::request<mail_link_answer>("registration.mail_link", 1);
    std::string user_id;
    std::string purpose;
};
BOOST_DESCRIBE_STRUCT(mail_link, (), (user_id, purpose))

}  // namespace registration
