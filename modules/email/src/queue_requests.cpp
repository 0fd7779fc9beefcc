#include "delivery_rows.hpp"

// What people ask of the queue.
namespace email::delivery_rows {

queue_size measure(storage::reader& reader) {
    const auto count = [&reader](std::string_view status) {
        return reader.query_one<std::int64_t>("SELECT count(*) FROM emails WHERE status = ?1", status);
    };
    return {.queued = count("queued"),
            .sending = count("sending"),
            // Else SQLite takes the index by status and looks at every one of them.
            .oldest = reader.query_one<std::optional<core::timestamp>>(
                "SELECT min(queued_at) FROM emails INDEXED BY emails_waiting WHERE status IN ('queued', 'sending')")};
}

std::optional<std::string> queue_again(storage::transaction& transaction, const smtp_routes& routes,
                                       const std::string& id) {
    const auto known =
        transaction.query_optional<std::int64_t, std::string>("SELECT sequence, status FROM emails WHERE id = ?1", id);
    if (!known) return std::nullopt;
    const auto& [sequence, status] = *known;
    if (status != "failed" && status != "queued") return status;
    transaction.execute("UPDATE recipients SET attempts = 0 WHERE email = ?1", sequence);
    transaction.execute(
        "UPDATE recipients SET status = 'pending', reply = NULL, next_attempt_at = ?2 WHERE email = ?1 AND status <> "
        "'sent'",
        sequence, transaction.now());
    route(transaction, routes, sequence);
    transaction.execute("DELETE FROM transcripts WHERE email = ?1", sequence);
    transaction.execute(
        "UPDATE emails SET status = 'queued', attempts = 0, queued_at = ?2, next_attempt_at = ?2 WHERE sequence = ?1",
        sequence, transaction.now());
    return status;
}

void keep(storage::transaction& transaction, const std::string& id) {
    const auto sequence = transaction.query_one<std::int64_t>("SELECT sequence FROM emails WHERE id = ?1", id);
    transaction.execute(
        "UPDATE recipients SET status = 'captured', server = '', next_attempt_at = NULL WHERE email = ?1", sequence);
    sum_up(transaction, sequence, "", std::nullopt);
}

release_result release(storage::transaction& transaction, const smtp_routes& routes, const std::string& id) {
    using enum release_outcome;
    const auto known =
        transaction.query_optional<std::int64_t, std::string>("SELECT sequence, status FROM emails WHERE id = ?1", id);
    if (!known) return {unknown};
    const auto& [sequence, status] = *known;
    const auto kept = transaction.query_all<std::string, std::string>(
        "SELECT address, key FROM recipients WHERE email = ?1 AND status = 'captured' ORDER BY position", sequence);
    if (kept.empty()) return {not_captured, status};
    for (const auto& [address, key] : kept)
        if (!routes.may_release_to(key)) return {not_allowed, address};
    for (const auto& [address, key] : kept)
        if (routes.of_released(key).empty()) return {no_server, address};
    transaction.execute(
        "UPDATE recipients SET status = 'pending', reply = NULL, is_released = 1, attempts = 0, next_attempt_at = ?2 "
        "WHERE email = ?1 AND status = 'captured'",
        sequence, transaction.now());
    route(transaction, routes, sequence);
    transaction.execute("UPDATE emails SET status = 'queued', queued_at = ?2, next_attempt_at = ?2 WHERE sequence = ?1",
                        sequence, transaction.now());
    return {};
}

}  // namespace email::delivery_rows
