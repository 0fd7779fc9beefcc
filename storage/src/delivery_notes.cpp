#include <algorithm>
#include <array>
#include <storage/delivery_notes.hpp>
#include <storage/error.hpp>
#include <tuple>

namespace storage {
namespace {

constexpr std::array<std::string_view, 3> state_names{"waiting", "retrying", "dead"};

std::string_view to_string(parked_state state) { return state_names.at(static_cast<std::size_t>(state)); }

parked_state parse_state(std::string_view text) {
    return text == "dead" ? parked_state::dead : text == "retrying" ? parked_state::retrying : parked_state::waiting;
}

std::optional<parked_event> one_parked(reader& reader, std::string_view condition, const auto&... values) {
    const auto row = reader.query_optional<std::int64_t, std::int64_t, std::int64_t, std::string, std::string,
                                           std::int64_t, std::string, core::timestamp, std::string, std::string,
                                           std::string, std::string, std::int64_t, core::timestamp, std::string>(
        "SELECT id, sequence, epoch, event_id, type, version, key, time, traceparent, cause, data, state, attempts, "
        "next_attempt_at, errors FROM parked WHERE handler = ?1 AND log = ?2 AND " +
            std::string{condition},
        values...);
    if (!row) return std::nullopt;
    const auto& [id, sequence, epoch, event_id, type, version, key, time, traceparent, cause, data, state, attempts,
                 next_attempt_at, errors] = *row;
    return parked_event{id,
                        {sequence, epoch, event_id, type, version, key, time, traceparent, cause, data},
                        parse_state(state),
                        attempts,
                        next_attempt_at,
                        errors};
}

}  // namespace

bool correct(handler_progress& progress, std::span<const log_epoch> epochs, std::int64_t head) {
    const auto position_before = progress.sequence;
    const auto ahead_before = progress.ahead.size();
    for (const auto& epoch : epochs) {
        std::erase_if(progress.ahead, [&](const auto& done) {
            return done.epoch < epoch.epoch && done.sequence >= epoch.first_sequence;
        });
        if (epoch.epoch > progress.epoch && progress.sequence >= epoch.first_sequence) {
            progress.sequence = epoch.first_sequence - 1;
            progress.epoch = epoch.epoch;
        }
    }
    // A log that ends before what was done is a file of the past, put back without a new epoch.
    progress.sequence = std::min(progress.sequence, head);
    std::erase_if(progress.ahead, [head](const auto& done) { return done.sequence > head; });
    return position_before != progress.sequence || ahead_before != progress.ahead.size();
}

std::optional<handler_progress> delivery_notes::progress(reader& reader) const {
    const auto position = reader.query_optional<std::int64_t, std::int64_t>(
        "SELECT epoch, sequence FROM positions WHERE handler = ?1 AND log = ?2", handler_, log_);
    if (!position) return std::nullopt;
    handler_progress progress{std::get<0>(*position), std::get<1>(*position), {}};
    for (const auto& [epoch, sequence, previous] : reader.query_all<std::int64_t, std::int64_t, std::int64_t>(
             "SELECT epoch, sequence, previous FROM done_ahead WHERE handler = ?1 AND log = ?2 ORDER BY sequence",
             handler_, log_))
        progress.ahead.push_back({epoch, sequence, previous});
    return progress;
}

void delivery_notes::move(transaction& transaction, std::int64_t epoch, std::int64_t sequence) const {
    transaction.execute(
        "INSERT INTO positions (handler, log, epoch, sequence) VALUES (?1, ?2, ?3, ?4) "
        "ON CONFLICT (handler, log) DO UPDATE SET epoch = excluded.epoch, sequence = excluded.sequence",
        handler_, log_, epoch, sequence);
    transaction.execute("DELETE FROM done_ahead WHERE handler = ?1 AND log = ?2 AND sequence <= ?3", handler_, log_,
                        sequence);
}

bool delivery_notes::mark_done(transaction& transaction, std::int64_t epoch, std::int64_t sequence,
                               std::int64_t previous) const {
    const auto position = transaction.query_optional<std::int64_t>(
        "SELECT sequence FROM positions WHERE handler = ?1 AND log = ?2", handler_, log_);
    if (!position) throw error{failure::other, "the handler " + handler_ + " has no position in the log " + log_};
    if (sequence <= *position) return false;
    if (*position < previous)
        return transaction.execute(
                   "INSERT INTO done_ahead (handler, log, sequence, epoch, previous) VALUES (?1, ?2, ?3, ?4, ?5) "
                   "ON CONFLICT DO NOTHING",
                   handler_, log_, sequence, epoch, previous) > 0;

    close_over(transaction, epoch, sequence);
    return true;
}

void delivery_notes::close_over(transaction& transaction, std::int64_t epoch, std::int64_t sequence) const {
    auto reached = sequence;
    // The position belongs to the epoch of the event that it stands on.
    auto reached_epoch = epoch;
    bool closed_over_others = false;
    while (const auto next = transaction.query_optional<std::int64_t, std::int64_t>(
               "SELECT sequence, epoch FROM done_ahead WHERE handler = ?1 AND log = ?2 AND sequence > ?3 AND previous "
               "<= ?3 ORDER BY sequence LIMIT 1",
               handler_, log_, reached)) {
        std::tie(reached, reached_epoch) = *next;
        closed_over_others = true;
    }
    if (closed_over_others) {
        move(transaction, reached_epoch, reached);
    } else {
        transaction.execute("UPDATE positions SET epoch = ?3, sequence = ?4 WHERE handler = ?1 AND log = ?2", handler_,
                            log_, epoch, reached);
    }
}

void delivery_notes::relink(transaction& transaction, std::span<const handler_progress::done> ahead) const {
    for (const auto& done : ahead)
        transaction.execute("UPDATE done_ahead SET previous = ?4 WHERE handler = ?1 AND log = ?2 AND sequence = ?3",
                            handler_, log_, done.sequence, done.previous);
    if (const auto now = progress(transaction)) close_over(transaction, now->epoch, now->sequence);
}

std::vector<parked_line> delivery_notes::parked_lines(reader& reader) const {
    std::vector<parked_line> lines;
    // With min(id) alone SQLite takes the other columns from that row.
    const auto rows = reader.query_all<std::int64_t, std::string, core::timestamp, std::int64_t, bool>(
        "SELECT min(id), key, next_attempt_at, attempts, coalesce(json_extract(errors, '$[#-1].type') = ?3, 0) "
        "FROM parked WHERE handler = ?1 AND log = ?2 AND state <> 'dead' GROUP BY key",
        handler_, log_, process_ended);
    for (const auto& [id, key, next_attempt_at, attempts, has_ended_process] : rows)
        lines.push_back({key, next_attempt_at, attempts, has_ended_process});
    return lines;
}

std::optional<parked_event> delivery_notes::first_parked(reader& reader, const std::string& key) const {
    return one_parked(reader, "key = ?3 AND state <> 'dead' ORDER BY id LIMIT 1", handler_, log_, key);
}

std::optional<parked_event> delivery_notes::find_parked(reader& reader, std::int64_t epoch,
                                                        std::int64_t sequence) const {
    return one_parked(reader, "epoch = ?3 AND sequence = ?4 AND state <> 'dead'", handler_, log_, epoch, sequence);
}

std::optional<parked_event> delivery_notes::find_any_parked(reader& reader, std::int64_t epoch,
                                                            std::int64_t sequence) const {
    return one_parked(reader, "epoch = ?3 AND sequence = ?4", handler_, log_, epoch, sequence);
}

std::int64_t delivery_notes::parked_count(reader& reader) const {
    return reader.query_one<std::int64_t>(
        "SELECT count(*) FROM parked WHERE handler = ?1 AND log = ?2 AND state <> 'dead'", handler_, log_);
}

std::int64_t delivery_notes::dead(reader& reader) const {
    return reader.query_one<std::int64_t>(
        "SELECT count(*) FROM parked WHERE handler = ?1 AND log = ?2 AND state = 'dead'", handler_, log_);
}

std::int64_t delivery_notes::park(transaction& transaction, const parked_event& parked) const {
    const auto failed_at = parked.attempts > 0 ? std::optional{transaction.now()} : std::nullopt;
    const auto& event = parked.event;
    return transaction.query_one<std::int64_t>(
        "INSERT INTO parked (handler, log, epoch, sequence, event_id, type, version, key, time, traceparent, cause, "
        "data, "
        "state, attempts, next_attempt_at, first_failed_at, last_failed_at, errors) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?16, ?17) "
        // A row of that number is of an event that never happened: its log went back without a new epoch.
        "ON CONFLICT (handler, log, epoch, sequence) DO UPDATE SET event_id = excluded.event_id, type = excluded.type, "
        "version = excluded.version, key = excluded.key, time = excluded.time, traceparent = excluded.traceparent, "
        "cause = excluded.cause, data = excluded.data, original_data = NULL, state = excluded.state, "
        "attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at, "
        "first_failed_at = excluded.first_failed_at, last_failed_at = excluded.last_failed_at, "
        "errors = excluded.errors "
        "RETURNING id",
        handler_, log_, event.epoch, event.sequence, event.id, event.type, event.version, event.key, event.time,
        event.traceparent, event.cause, event.data, to_string(parked.state), parked.attempts, parked.next_attempt_at,
        failed_at, parked.errors);
}

void delivery_notes::update(transaction& transaction, const parked_event& parked) const {
    transaction.execute(
        "UPDATE parked SET state = ?2, attempts = ?3, next_attempt_at = ?4, errors = ?5, last_failed_at = ?6, "
        "first_failed_at = coalesce(first_failed_at, ?6) WHERE id = ?1",
        parked.id, to_string(parked.state), parked.attempts, parked.next_attempt_at, parked.errors, transaction.now());
}

bool delivery_notes::unpark(transaction& transaction, std::int64_t id) const {
    return transaction.execute("DELETE FROM parked WHERE id = ?1 AND state <> 'dead'", id) > 0;
}

void delivery_notes::correct(transaction& transaction, const handler_progress& corrected,
                             std::span<const log_epoch> epochs, std::int64_t head) const {
    // Dead letters stay: a person decides about them.
    for (const auto& epoch : epochs)
        for (const auto* sql :
             {"DELETE FROM done_ahead WHERE handler = ?1 AND log = ?2 AND epoch < ?3 AND sequence >= ?4",
              "DELETE FROM parked WHERE handler = ?1 AND log = ?2 AND epoch < ?3 AND sequence >= ?4 AND state <> "
              "'dead'"})
            transaction.execute(sql, handler_, log_, epoch.epoch, epoch.first_sequence);
    for (const auto* sql : {"DELETE FROM done_ahead WHERE handler = ?1 AND log = ?2 AND sequence > ?3",
                            "DELETE FROM parked WHERE handler = ?1 AND log = ?2 AND sequence > ?3 AND state <> 'dead'"})
        transaction.execute(sql, handler_, log_, head);
    move(transaction, corrected.epoch, corrected.sequence);
}

void delivery_notes::rewind(transaction& transaction, std::int64_t epoch, std::int64_t sequence) const {
    transaction.execute("DELETE FROM done_ahead WHERE handler = ?1 AND log = ?2 AND sequence > ?3", handler_, log_,
                        sequence);
    transaction.execute("DELETE FROM parked WHERE handler = ?1 AND log = ?2 AND sequence > ?3", handler_, log_,
                        sequence);
    move(transaction, epoch, sequence);
}

}  // namespace storage
