#pragma once

#include <bus/message.hpp>
#include <string>

// What happened to accounts. All have the user as their key.
namespace registration {

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

// The link for the confirmation is to be mailed once more.
struct confirmation_requested {
    static constexpr auto message = bus::event("registration.confirmation_requested", 1);
    std::string user_id;
    std::string name;
    std::string email;
    [[nodiscard]] const std::string& key() const { return user_id; }
};
BOOST_DESCRIBE_STRUCT(confirmation_requested, (), (user_id, name, email))

struct user_confirmed {
    static constexpr auto message = bus::event("registration.user_confirmed", 1);
    std::string user_id;
    std::string email;
    [[nodiscard]] const std::string& key() const { return user_id; }
};
BOOST_DESCRIBE_STRUCT(user_confirmed, (), (user_id, email))

struct password_reset_requested {
    static constexpr auto message = bus::event("registration.password_reset_requested", 1);
    std::string user_id;
    std::string name;
    std::string email;
    [[nodiscard]] const std::string& key() const { return user_id; }
};
BOOST_DESCRIBE_STRUCT(password_reset_requested, (), (user_id, name, email))

// By its owner or with a link from a mail.
struct password_changed {
    static constexpr auto message = bus::event("registration.password_changed", 1);
    std::string user_id;
    std::string name;
    std::string email;
    [[nodiscard]] const std::string& key() const { return user_id; }
};
BOOST_DESCRIBE_STRUCT(password_changed, (), (user_id, name, email))

// The user wants another address. `is_taken`: it belongs to another account, whose owner is to be told so instead of
// getting a link.
struct address_change_requested {
    static constexpr auto message = bus::event("registration.address_change_requested", 1);
    std::string user_id;
    std::string name;
    std::string email;
    std::string new_email;
    bool is_taken = false;
    [[nodiscard]] const std::string& key() const { return user_id; }
};
BOOST_DESCRIBE_STRUCT(address_change_requested, (), (user_id, name, email, new_email, is_taken))

struct address_changed {
    static constexpr auto message = bus::event("registration.address_changed", 1);
    std::string user_id;
    std::string name;
    std::string old_email;
    std::string email;
    [[nodiscard]] const std::string& key() const { return user_id; }
};
BOOST_DESCRIBE_STRUCT(address_changed, (), (user_id, name, old_email, email))

struct name_changed {
    static constexpr auto message = bus::event("registration.name_changed", 1);
    std::string user_id;
    std::string name;
    [[nodiscard]] const std::string& key() const { return user_id; }
};
BOOST_DESCRIBE_STRUCT(name_changed, (), (user_id, name))

struct user_disabled {
    static constexpr auto message = bus::event("registration.user_disabled", 1);
    std::string user_id;
    [[nodiscard]] const std::string& key() const { return user_id; }
};
BOOST_DESCRIBE_STRUCT(user_disabled, (), (user_id))

struct user_enabled {
    static constexpr auto message = bus::event("registration.user_enabled", 1);
    std::string user_id;
    [[nodiscard]] const std::string& key() const { return user_id; }
};
BOOST_DESCRIBE_STRUCT(user_enabled, (), (user_id))

// The account is gone. Whoever holds data of this person erases it: what was addressed to `email`, and what stands
// under `user_id`.
struct user_deleted {
    static constexpr auto message = bus::event("registration.user_deleted", 1);
    std::string user_id;
    std::string name;
    std::string email;
    [[nodiscard]] const std::string& key() const { return user_id; }
};
BOOST_DESCRIBE_STRUCT(user_deleted, (), (user_id, name, email))

}  // namespace registration
