#include <storage/dead_letters.hpp>

namespace storage {
namespace {

constexpr std::string_view columns =
    "SELECT id, handler, log, epoch, sequence, event_id, type, version, key, time, traceparent, cause, data, attempts, "
    "errors, coalesce(first_failed_at, 0), coalesce(last_failed_at, 0), original_data FROM parked ";

std::vector<dead_letter> query(reader& reader, const std::string& condition, const auto&... values) {
    std::vector<dead_letter> letters;
    const auto rows =
        reader.query_all<std::int64_t, std::string, std::string, std::int64_t, std::int64_t, std::string, std::string,
                         std::int64_t, std::string, core::timestamp, std::string, std::string, std::string,
                         std::int64_t, std::string, core::timestamp, core::timestamp, std::optional<std::string>>(
            std::string{columns} + condition, values...);
    for (const auto& [id, handler, log, epoch, sequence, event_id, type, version, key, time, traceparent, cause, data,
                      attempts, errors, first_failed_at, last_failed_at, original_data] : rows) {
        event_record event{sequence, epoch, event_id, type, version, key, time, traceparent, cause, data};
        letters.push_back({{id, std::move(event), parked_state::dead, attempts, {}, errors},
                           handler,
                           log,
                           first_failed_at,
                           last_failed_at,
                           original_data});
    }
    return letters;
}

void write_down(transaction& transaction, std::int64_t id, std::string_view action,
                const std::optional<std::string>& data) {
    transaction.execute(
        "INSERT INTO dead_letter_actions (time, action, handler, log, event_id, type, data, edited_data, errors) "
        "SELECT ?2, ?3, handler, log, event_id, type, data, ?4, errors FROM parked WHERE id = ?1",
        id, transaction.now(), action, data);
}

bool is_dead(transaction& transaction, std::int64_t id) {
    return transaction.query_optional<std::int64_t>("SELECT 1 FROM parked WHERE id = ?1 AND state = 'dead'", id)
        .has_value();
}

}  // namespace

std::vector<dead_letter> find_dead_letters(reader& reader, const std::optional<std::string>& handler,
                                           std::int64_t offset, std::int64_t most) {
    return query(reader,
                 "WHERE state = 'dead' AND (?1 IS NULL OR handler = ?1) ORDER BY last_failed_at DESC, id DESC "
                 "LIMIT ?3 OFFSET ?2",
                 handler, offset, most);
}

std::int64_t count_dead_letters(reader& reader, const std::optional<std::string>& handler) {
    return reader.query_one<std::int64_t>(
        "SELECT count(*) FROM parked WHERE state = 'dead' AND (?1 IS NULL OR handler = ?1)", handler);
}

std::optional<dead_letter> find_dead_letter(reader& reader, std::int64_t id) {
    auto found = query(reader, "WHERE state = 'dead' AND id = ?1", id);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

std::vector<std::int64_t> dead_letter_ids(reader& reader) {
    return reader.query_all<std::int64_t>("SELECT id FROM parked WHERE state = 'dead' ORDER BY id");
}

bool revive_dead_letter(transaction& transaction, std::int64_t id, const std::optional<std::string>& data) {
    if (!is_dead(transaction, id)) return false;
    write_down(transaction, id, data ? "edited" : "retried", data);
    transaction.execute(
        "UPDATE parked SET state = 'retrying', attempts = 0, next_attempt_at = ?2, "
        "original_data = CASE WHEN ?3 IS NULL THEN original_data ELSE coalesce(original_data, data) END, "
        "data = coalesce(?3, data) WHERE id = ?1",
        id, transaction.now(), data);
    return true;
}

bool drop_dead_letter(transaction& transaction, std::int64_t id) {
    if (!is_dead(transaction, id)) return false;
    write_down(transaction, id, "dropped", std::nullopt);
    transaction.execute("DELETE FROM parked WHERE id = ?1", id);
    return true;
}

}  // namespace storage
