#include <storage/event_log.hpp>

namespace storage {

std::int64_t first_sequence(reader& reader) {
    return reader.query_one<std::int64_t>("SELECT coalesce(min(sequence), 0) FROM event_log");
}

std::optional<std::int64_t> first_sequence_since(reader& reader, core::timestamp time) {
    return reader.query_optional<std::int64_t>(
        "SELECT sequence FROM event_log WHERE time >= ?1 ORDER BY sequence LIMIT 1", time);
}

std::vector<event_record> find_events(reader& reader, const event_filter& filter) {
    const auto rows = reader.query_all<std::int64_t, std::int64_t, std::string, std::string, std::int64_t, std::string,
                                       core::timestamp, std::string, std::string, std::string>(
        "SELECT sequence, epoch, id, type, version, key, time, traceparent, cause, data FROM event_log "
        "WHERE (?1 IS NULL OR type = ?1) AND (?2 IS NULL OR time >= ?2) AND (?3 IS NULL OR time < ?3) AND (?4 IS NULL "
        "OR sequence < ?4) AND (?5 IS NULL OR sequence > ?5) ORDER BY CASE WHEN ?5 IS NULL THEN -sequence ELSE "
        "sequence END LIMIT ?6",
        filter.type, filter.since, filter.until, filter.before, filter.after, filter.most);
    std::vector<event_record> events;
    for (const auto& row : rows)
        events.push_back(std::apply([](const auto&... columns) { return event_record{columns...}; }, row));
    return events;
}

std::int64_t forget_events(transaction& transaction, std::int64_t up_to, core::timestamp older_than, std::size_t most) {
    return transaction.execute(
        "DELETE FROM event_log WHERE sequence IN (SELECT sequence FROM event_log WHERE sequence <= ?1 AND time < ?2 "
        "AND "
        "sequence < (SELECT max(sequence) FROM event_log) ORDER BY sequence LIMIT ?3)",
        up_to, older_than, most);
}

}  // namespace storage
