#include <storage/replica_log.hpp>
#include <tuple>

namespace storage {

std::optional<std::int64_t> replica_log::held(reader& reader) const {
    return reader.query_optional<std::int64_t>("SELECT held FROM replicas WHERE log = ?1", log_);
}

std::int64_t replica_log::first_sequence(reader& reader) const {
    return reader.query_one<std::int64_t>("SELECT coalesce(min(sequence), 0) FROM replica_log WHERE log = ?1", log_);
}

std::vector<event_record> replica_log::events_after(reader& reader, std::int64_t sequence, std::size_t most) const {
    const auto rows = reader.query_all<std::int64_t, std::int64_t, std::string, std::string, std::int64_t, std::string,
                                       core::timestamp, std::string, std::string, std::string>(
        "SELECT sequence, epoch, id, type, version, key, time, traceparent, cause, data FROM replica_log "
        "WHERE log = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3",
        log_, sequence, most);
    std::vector<event_record> events;
    events.reserve(rows.size());
    for (const auto& row : rows)
        events.push_back(std::apply([](const auto&... columns) { return event_record{columns...}; }, row));
    return events;
}

std::vector<std::pair<std::int64_t, std::string>> replica_log::types_between(reader& reader, std::int64_t after,
                                                                             std::int64_t up_to) const {
    std::vector<std::pair<std::int64_t, std::string>> types;
    for (const auto& [sequence, type] : reader.query_all<std::int64_t, std::string>(
             "SELECT sequence, type FROM replica_log WHERE log = ?1 AND sequence > ?2 AND sequence <= ?3 "
             "ORDER BY sequence",
             log_, after, up_to))
        types.emplace_back(sequence, type);
    return types;
}

std::optional<std::int64_t> replica_log::first_sequence_since(reader& reader, core::timestamp time) const {
    return reader.query_optional<std::int64_t>(
        "SELECT sequence FROM replica_log WHERE log = ?1 AND time >= ?2 ORDER BY sequence LIMIT 1", log_, time);
}

std::vector<log_epoch> replica_log::epochs(reader& reader) const {
    std::vector<log_epoch> epochs;
    for (const auto& [epoch, first] : reader.query_all<std::int64_t, std::int64_t>(
             "SELECT epoch, first_sequence FROM log_epochs WHERE log = ?1 ORDER BY epoch", log_))
        epochs.push_back({epoch, first});
    return epochs;
}

bool has_come_from_outside(reader& reader, const std::string& id) {
    return reader.query_optional<std::int64_t>("SELECT 1 FROM replica_log WHERE log = 'outside' AND id = ?1", id)
        .has_value();
}

void replica_log::append(transaction& transaction, const event_record& record) const {
    transaction.execute(
        "INSERT OR REPLACE INTO replica_log (log, sequence, epoch, id, type, version, key, time, traceparent, cause, "
        "data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        log_, record.sequence, record.epoch, record.id, record.type, record.version, record.key, record.time,
        record.traceparent, record.cause, record.data);
}

void replica_log::set_held(transaction& transaction, std::int64_t sequence) const {
    transaction.execute(
        "INSERT INTO replicas (log, held) VALUES (?1, ?2) ON CONFLICT (log) DO UPDATE SET held = excluded.held", log_,
        sequence);
}

void replica_log::set_epochs(transaction& transaction, std::span<const log_epoch> epochs) const {
    transaction.execute("DELETE FROM log_epochs WHERE log = ?1", log_);
    for (const auto& one : epochs)
        transaction.execute(
            "INSERT INTO log_epochs (log, epoch, first_sequence, began_at, reason) VALUES (?1, ?2, ?3, ?4, 'copied')",
            log_, one.epoch, one.first_sequence, transaction.now());
}

void replica_log::remove_after(transaction& transaction, std::int64_t sequence) const {
    transaction.execute("DELETE FROM replica_log WHERE log = ?1 AND sequence > ?2", log_, sequence);
}

std::int64_t replica_log::forget(transaction& transaction, std::int64_t up_to, core::timestamp older_than,
                                 std::size_t most) const {
    const auto last = transaction.query_optional<std::int64_t>(
        "SELECT max(sequence) FROM (SELECT sequence, time FROM replica_log WHERE log = ?1 AND sequence <= ?2 "
        "ORDER BY sequence LIMIT ?4) WHERE time < ?3 HAVING count(*) > 0",
        log_, up_to, older_than, most);
    if (!last) return 0;
    return transaction.execute("DELETE FROM replica_log WHERE log = ?1 AND sequence <= ?2", log_, *last);
}

}  // namespace storage
