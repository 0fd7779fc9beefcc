#pragma once

#include <core/clock.hpp>
#include <optional>
#include <storage/transaction.hpp>
#include <string>
#include <string_view>

namespace registration {

// What a link in a mail is good for, as in the message mail_link.
namespace purpose {
inline constexpr std::string_view confirmation = "confirmation";
inline constexpr std::string_view new_address = "new_address";
inline constexpr std::string_view password_reset = "password_reset";
}  // namespace purpose

// The SQL of the table tokens. `hash`: see secret_token.hpp.
namespace tokens {

// The newest is the only one that counts.
void replace(storage::transaction& transaction, std::string_view user_id, std::string_view purpose,
             std::string_view hash, core::timestamp expires_at);
// The user whom the token was mailed to, if it has not expired.
[[nodiscard]] std::optional<std::string> find(storage::reader& reader, std::string_view hash, std::string_view purpose,
                                              core::timestamp now);
// The same, and it is used up by this.
[[nodiscard]] std::optional<std::string> use(storage::transaction& transaction, std::string_view hash,
                                             std::string_view purpose);
void forget(storage::transaction& transaction, std::string_view user_id, std::string_view purpose);

}  // namespace tokens
}  // namespace registration
