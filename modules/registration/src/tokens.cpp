#include "tokens.hpp"

namespace registration::tokens {

void replace(storage::transaction& transaction, std::string_view user_id, std::string_view purpose,
             std::string_view hash, core::timestamp expires_at) {
    transaction.execute(
        "INSERT INTO tokens (user_id, purpose, hash, expires_at) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT (user_id, purpose) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at",
        user_id, purpose, hash, expires_at);
}

std::optional<std::string> find(storage::reader& reader, std::string_view hash, std::string_view purpose,
                                core::timestamp now) {
    return reader.query_optional<std::string>(
        "SELECT user_id FROM tokens WHERE hash = ?1 AND purpose = ?2 AND expires_at > ?3", hash, purpose, now);
}

std::optional<std::string> use(storage::transaction& transaction, std::string_view hash, std::string_view purpose) {
    return transaction.query_optional<std::string>(
        "DELETE FROM tokens WHERE hash = ?1 AND purpose = ?2 AND expires_at > ?3 RETURNING user_id", hash, purpose,
        transaction.now());
}

void forget(storage::transaction& transaction, std::string_view user_id, std::string_view purpose) {
    transaction.execute("DELETE FROM tokens WHERE user_id = ?1 AND purpose = ?2", user_id, purpose);
}

}  // namespace registration::tokens
