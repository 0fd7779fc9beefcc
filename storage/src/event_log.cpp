#include <algorithm>
#include <limits>
#include <storage/event_log.hpp>
#include <tuple>

namespace storage {
namespace {

template <class... Values>
std::vector<event_record> query_events(reader& reader, std::string_view sql, const Values&... values) {
    const auto rows = reader.query_all<std::int64_t, std::int64_t, std::string, std::string, std::int64_t, std::string,
                                       core::timestamp, std::string, std::string, std::string>(sql, values...);
    std::vector<event_record> events;
    events.reserve(rows.size());
    for (const auto& row : rows)
        events.push_back(std::apply([](const auto&... columns) { return event_record{columns...}; }, row));
    return events;
}

}  // namespace

std::int64_t last_sequence(reader& reader) {
    return reader.query_one<std::int64_t>("SELECT coalesce(max(sequence), 0) FROM event_log");
}

std::int64_t forget_events(transaction& transaction, std::int64_t up_to, core::timestamp older_than, std::size_t most) {
    const auto first = first_sequence(transaction);
    const auto end = std::min(up_to, last_sequence(transaction) - 1);
    if (first == 0 || first > end || most == 0) return 0;
    // Sequences are dense, so that many numbers are that many rows.
    const auto span = static_cast<std::int64_t>(std::min(most, static_cast<std::size_t>(end - first) + 1));
    const auto reach = first + span - 1;
    const auto too_young = transaction.query_optional<std::int64_t>(
        "SELECT sequence FROM event_log WHERE sequence <= ?1 AND time >= ?2 ORDER BY sequence LIMIT 1", reach,
        older_than);
    const auto last = too_young ? *too_young - 1 : reach;
    if (last < first) return 0;
    return transaction.execute("DELETE FROM event_log WHERE sequence <= ?1", last);
}

std::int64_t first_sequence(reader& reader) {
    return reader.query_one<std::int64_t>("SELECT coalesce(min(sequence), 0) FROM event_log");
}

std::optional<event_record> event_at(reader& reader, std::int64_t sequence) {
    auto events = query_events(reader,
                               "SELECT sequence, epoch, id, type, version, key, time, traceparent, cause, data "
                               "FROM event_log WHERE sequence = ?1",
                               sequence);
    if (events.empty()) return std::nullopt;
    return std::move(events.front());
}

std::optional<std::int64_t> first_sequence_since(reader& reader, core::timestamp time) {
    auto low = first_sequence(reader);
    const auto last = last_sequence(reader);
    auto high = last + 1;
    if (low == 0) return std::nullopt;
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        const auto [sequence, when] = reader.query_one<std::int64_t, core::timestamp>(
            "SELECT sequence, time FROM event_log WHERE sequence >= ?1 ORDER BY sequence LIMIT 1", middle);
        if (when >= time)
            high = middle;
        else
            low = sequence + 1;
    }
    if (low > last) return std::nullopt;
    return low;
}

std::vector<event_record> find_events(reader& reader, const event_filter& filter) {
    const auto before = filter.before.value_or(std::numeric_limits<std::int64_t>::max());
    if (filter.after)
        return query_events(reader,
                            "SELECT sequence, epoch, id, type, version, key, time, traceparent, cause, data "
                            "FROM event_log WHERE sequence > ?1 AND sequence < ?2 AND (?3 IS NULL OR type = ?3) "
                            "AND (?4 IS NULL OR time >= ?4) AND (?5 IS NULL OR time < ?5) ORDER BY sequence LIMIT ?6",
                            *filter.after, before, filter.type, filter.since, filter.until, filter.most);
    return query_events(reader,
                        "SELECT sequence, epoch, id, type, version, key, time, traceparent, cause, data "
                        "FROM event_log WHERE sequence < ?1 AND (?2 IS NULL OR type = ?2) "
                        "AND (?3 IS NULL OR time >= ?3) AND (?4 IS NULL OR time < ?4) ORDER BY sequence DESC LIMIT ?5",
                        before, filter.type, filter.since, filter.until, filter.most);
}

}  // namespace storage
