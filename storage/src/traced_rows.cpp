#include <storage/traced_rows.hpp>

namespace storage {

std::int64_t traced_rows::first_sequence(reader& reader) const {
    if (log_.empty()) return reader.query_one<std::int64_t>("SELECT coalesce(min(sequence), 0) FROM event_log");
    return reader.query_one<std::int64_t>("SELECT coalesce(min(sequence), 0) FROM replica_log WHERE log = ?1", log_);
}

std::int64_t traced_rows::last_sequence(reader& reader) const {
    if (log_.empty()) return reader.query_one<std::int64_t>("SELECT coalesce(max(sequence), 0) FROM event_log");
    return reader.query_one<std::int64_t>("SELECT coalesce(max(sequence), 0) FROM replica_log WHERE log = ?1", log_);
}

std::vector<event_record> traced_rows::find(reader& reader, const std::string& trace_id, std::int64_t after,
                                            std::int64_t up_to) const {
    // The trace id in a traceparent.
    constexpr std::string_view of_own =
        "SELECT sequence, epoch, id, type, version, key, time, traceparent, cause FROM event_log "
        "WHERE sequence > ?1 AND sequence <= ?2 AND substr(traceparent, 4, 32) = ?3 ORDER BY sequence";
    constexpr std::string_view of_copy =
        "SELECT sequence, epoch, id, type, version, key, time, traceparent, cause FROM replica_log "
        "WHERE sequence > ?1 AND sequence <= ?2 AND substr(traceparent, 4, 32) = ?3 AND log = ?4 ORDER BY sequence";
    const auto read = [&](std::string_view sql, const auto&... values) {
        return reader.query_all<std::int64_t, std::int64_t, std::string, std::string, std::int64_t, std::string,
                                core::timestamp, std::string, std::string>(sql, values...);
    };
    std::vector<event_record> found;
    for (auto& [sequence, epoch, id, type, version, key, time, traceparent, cause] :
         log_.empty() ? read(of_own, after, up_to, trace_id) : read(of_copy, after, up_to, trace_id, log_))
        found.push_back({sequence,
                         epoch,
                         std::move(id),
                         std::move(type),
                         version,
                         std::move(key),
                         time,
                         std::move(traceparent),
                         std::move(cause),
                         {}});
    return found;
}

}  // namespace storage
