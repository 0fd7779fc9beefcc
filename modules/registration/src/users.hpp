#pragma once

#include <core/clock.hpp>
#include <core/email_address.hpp>
#include <optional>
#include <registration/administration.hpp>
#include <registration/user_view.hpp>
#include <storage/transaction.hpp>
#include <string>
#include <string_view>

namespace registration {

struct user {
    std::string id;
    std::string name;
    std::string email;
    std::string email_key;
    std::string password_hash;
    core::timestamp created_at{};
    std::optional<core::timestamp> confirmed_at{};
    std::optional<core::timestamp> disabled_at{};
    std::optional<std::string> new_email{};
    std::optional<std::string> new_email_key{};
};

[[nodiscard]] inline user_view to_view(const user& user) {
    return {user.id, user.name, user.email, user.confirmed_at.has_value(), user.created_at};
}

// The SQL of the table users.
namespace users {

[[nodiscard]] std::optional<user> find_by_email(storage::reader& reader, std::string_view email_key);
[[nodiscard]] std::optional<user> find(storage::reader& reader, std::string_view id);
[[nodiscard]] account_page search(storage::reader& reader, const search_users& query);

void add(storage::transaction& transaction, const user& user);
void set_confirmed(storage::transaction& transaction, std::string_view id);
void set_name(storage::transaction& transaction, std::string_view id, std::string_view name);
void set_password(storage::transaction& transaction, std::string_view id, std::string_view hash);
void set_new_email(storage::transaction& transaction, std::string_view id, const core::email_address& address);
// The new address takes the place of the old one.
void take_new_email(storage::transaction& transaction, std::string_view id);
void set_disabled(storage::transaction& transaction, std::string_view id, bool is_disabled);
// With all that belongs to the user.
void remove(storage::transaction& transaction, std::string_view id);

}  // namespace users
}  // namespace registration
