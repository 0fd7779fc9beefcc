#include "sessions.hpp"

namespace registration::sessions {

std::optional<session> find(storage::reader& reader, std::string_view hash) {
    const auto row = reader.query_optional<std::string, std::string, std::string, core::timestamp, core::timestamp>(
        "SELECT id, user_id, client, created_at, last_used_at FROM sessions WHERE token_hash = ?1", hash);
    if (!row) return std::nullopt;
    return std::apply([](const auto&... columns) { return session{columns...}; }, *row);
}

std::vector<session> of_user(storage::reader& reader, std::string_view user_id) {
    std::vector<session> all;
    for (const auto& row : reader.query_all<std::string, std::string, std::string, core::timestamp, core::timestamp>(
             "SELECT id, user_id, client, created_at, last_used_at FROM sessions WHERE user_id = ?1 "
             "ORDER BY last_used_at DESC, id DESC",
             user_id))
        all.push_back(std::apply([](const auto&... columns) { return session{columns...}; }, row));
    return all;
}

void add(storage::transaction& transaction, const session& session, std::string_view hash) {
    transaction.execute(
        "INSERT INTO sessions (id, user_id, token_hash, client, created_at, last_used_at) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        session.id, session.user_id, hash, session.client, session.created_at, session.last_used_at);
}

void touch(storage::transaction& transaction, std::string_view id) {
    transaction.execute("UPDATE sessions SET last_used_at = ?2 WHERE id = ?1", id, transaction.now());
}

void set_token(storage::transaction& transaction, std::string_view id, std::string_view hash) {
    transaction.execute("UPDATE sessions SET token_hash = ?2 WHERE id = ?1", id, hash);
}

bool remove(storage::transaction& transaction, std::string_view user_id, std::string_view id) {
    return transaction.execute("DELETE FROM sessions WHERE id = ?1 AND user_id = ?2", id, user_id) > 0;
}

void remove_all(storage::transaction& transaction, std::string_view user_id, std::string_view but_id) {
    transaction.execute("DELETE FROM sessions WHERE user_id = ?1 AND id <> ?2", user_id, but_id);
}

void remove_old(storage::transaction& transaction, const lifetimes& lifetimes) {
    constexpr std::int64_t most = 100;
    transaction.execute("DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE last_used_at <= ?1 LIMIT ?2)",
                        transaction.now() - std::min(lifetimes.idle, lifetimes.absolute), most);
}

}  // namespace registration::sessions
