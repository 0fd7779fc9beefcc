#pragma once

#include <core/clock.hpp>
#include <optional>
#include <storage/transaction.hpp>
#include <string>
#include <string_view>

namespace registration {

struct user {
    std::string id;
    std::string name;
    std::string email;
    std::string email_key;
    std::optional<core::timestamp> confirmed_at{};
};

// The SQL of the tables users and tokens.
namespace users {

[[nodiscard]] std::optional<user> find_by_email(storage::reader& reader, std::string_view email_key);
[[nodiscard]] std::optional<user> find(storage::reader& reader, std::string_view id);
void add(storage::transaction& transaction, const user& user, std::string_view password_hash);
void set_confirmed(storage::transaction& transaction, std::string_view id);

// The newest is the only one that counts.
void replace_token(storage::transaction& transaction, std::string_view user_id, std::string_view hash,
                   core::timestamp expires_at);
// The user whom the token was mailed to, if it has not expired; it is used up by this.
[[nodiscard]] std::optional<std::string> use_token(storage::transaction& transaction, std::string_view hash);

}  // namespace users
}  // namespace registration
