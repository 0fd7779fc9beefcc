#include "log_opening.hpp"

#include <algorithm>
#include <storage/reader.hpp>

namespace storage {

log_opening open_log(connection& connection, const std::string& log, core::timestamp now) {
    reader reader{connection};
    const auto [was_clean, noted_next] =
        reader.query_one<bool, std::int64_t>("SELECT closed_clean, next_sequence FROM log_state");
    const auto last = reader.query_one<std::int64_t>("SELECT coalesce(max(sequence), 0) FROM event_log");
    log_opening opening{
        reader.query_one<std::int64_t>("SELECT coalesce(max(epoch), 0) FROM log_epochs WHERE log = ?1", log),
        std::max(noted_next, last + 1)};

    const bool is_new = opening.epoch == 0;
    connection.run("BEGIN IMMEDIATE");  // one sync for both
    if (is_new || !was_clean) {
        ++opening.epoch;
        auto& begin = connection.prepared(
            "INSERT INTO log_epochs (log, epoch, first_sequence, began_at, reason) VALUES (?1, ?2, ?3, ?4, ?5)");
        begin.bind(1, log);
        begin.bind(2, opening.epoch);
        begin.bind(3, opening.next_sequence);
        begin.bind(4, now);
        begin.bind(5, is_new ? "created" : "unclean end");
        begin.step();
        begin.reset();
    }
    connection.run("UPDATE log_state SET closed_clean = 0");
    connection.run("COMMIT");
    return opening;
}

}  // namespace storage
