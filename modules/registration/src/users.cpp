#include "users.hpp"

namespace registration::users {
namespace {

template <class Row>
std::optional<user> to_user(const std::optional<Row>& row) {
    if (!row) return std::nullopt;
    return std::apply([](const auto&... columns) { return user{columns...}; }, *row);
}

}  // namespace

std::optional<user> find_by_email(storage::reader& reader, std::string_view email_key) {
    return to_user(
        reader.query_optional<std::string, std::string, std::string, std::string, std::optional<core::timestamp>>(
            "SELECT id, name, email, email_key, confirmed_at FROM users WHERE email_key = ?1", email_key));
}

std::optional<user> find(storage::reader& reader, std::string_view id) {
    return to_user(
        reader.query_optional<std::string, std::string, std::string, std::string, std::optional<core::timestamp>>(
            "SELECT id, name, email, email_key, confirmed_at FROM users WHERE id = ?1", id));
}

void add(storage::transaction& transaction, const user& user, std::string_view password_hash) {
    transaction.execute(
        "INSERT INTO users (id, name, email, email_key, password_hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        user.id, user.name, user.email, user.email_key, password_hash, transaction.now());
}

void set_confirmed(storage::transaction& transaction, std::string_view id) {
    transaction.execute("UPDATE users SET confirmed_at = ?2 WHERE id = ?1 AND confirmed_at IS NULL", id,
                        transaction.now());
}

void replace_token(storage::transaction& transaction, std::string_view user_id, std::string_view hash,
                   core::timestamp expires_at) {
    transaction.execute(
        "INSERT INTO tokens (user_id, purpose, hash, expires_at) VALUES (?1, 'confirmation', ?2, ?3) "
        "ON CONFLICT (user_id, purpose) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at",
        user_id, hash, expires_at);
}

std::optional<std::string> use_token(storage::transaction& transaction, std::string_view hash) {
    return transaction.query_optional<std::string>(
        "DELETE FROM tokens WHERE hash = ?1 AND purpose = 'confirmation' AND expires_at > ?2 RETURNING user_id", hash,
        transaction.now());
}

}  // namespace registration::users
