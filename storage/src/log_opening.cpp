#include "log_opening.hpp"

#include <algorithm>
#include <storage/reader.hpp>
#include <system_error>

#include "open_file.hpp"

namespace storage {
namespace {

std::filesystem::path note_of(const database_settings& settings) {
    return settings.folder / (settings.name + ".generation");
}

opening_facts facts_of(connection& connection, const database_settings& settings, bool had_wal) {
    reader reader{connection};
    const auto [was_clean, noted_next, generation] = reader.query_one<bool, std::int64_t, std::int64_t>(
        "SELECT closed_clean, next_sequence, generation FROM log_state");
    const auto last = reader.query_one<std::int64_t>("SELECT coalesce(max(sequence), 0) FROM event_log");
    const auto epoch =
        reader.query_one<std::int64_t>("SELECT coalesce(max(epoch), 0) FROM log_epochs WHERE log = ?1", settings.name);
    return {epoch, generation, std::max(noted_next, last + 1), was_clean, had_wal, read_note(note_of(settings))};
}

void mark_open(connection& connection, const std::string& log, const log_opening& opening, core::timestamp now) {
    connection.run("BEGIN IMMEDIATE");  // one sync for both
    if (!opening.new_epoch_because.empty()) {
        auto& begin = connection.prepared(
            "INSERT INTO log_epochs (log, epoch, first_sequence, began_at, reason) VALUES (?1, ?2, ?3, ?4, ?5)");
        begin.bind(1, log);
        begin.bind(2, opening.epoch);
        begin.bind(3, opening.next_sequence);
        begin.bind(4, now);
        begin.bind(5, opening.new_epoch_because);
        begin.step();
        begin.reset();
    }
    connection.run("UPDATE log_state SET closed_clean = 0, generation = " + std::to_string(opening.generation));
    connection.run("COMMIT");
}

void report(const core::logger& log, const std::filesystem::path& file, const log_opening& opening) {
    const core::log_field where{"file", file.string()};
    const core::log_field epoch{"epoch", opening.epoch};
    switch (opening.alarm) {
        case opening_alarm::none:
            return;
        case opening_alarm::went_back:
            return log.error("the database is older than when it was last opened",
                             {where,
                              epoch,
                              {"meaning",
                               "it was put back from a copy, or its -wal was lost: what was written since is missing, "
                               "and a new epoch of its event log begins"},
                              {"what_to_do",
                               "nothing if you put back a backup on purpose; else stop Busbar, keep this folder, and "
                               "look for the newest copy of the file and its -wal"}});
        case opening_alarm::began_anew:
            return log.error(
                "the database is new, but there was one before",
                {where,
                 epoch,
                 {"meaning", "the file was moved away or deleted: this module begins without its data"},
                 {"what_to_do",
                  "nothing if you did so on purpose; else stop Busbar and put back the file or a backup"}});
        case opening_alarm::wal_missing:
            return log.warning(
                "the database was not closed, and its -wal is missing",
                {where,
                 epoch,
                 {"meaning", "commits may be missing: the newest ones are in the -wal until they are copied over"},
                 {"what_to_do", "if you moved or deleted the -wal, stop Busbar and put back both files or a backup"}});
    }
}

}  // namespace

log_opening decide_opening(const opening_facts& facts) {
    const auto noted = facts.noted.value_or(generation_note{});
    const bool is_new = facts.epoch == 0;
    const bool is_behind = noted.generation > facts.generation || noted.epoch > facts.epoch;
    log_opening opening{std::max(facts.epoch, noted.epoch), std::max(facts.generation, noted.generation) + 1,
                        facts.next_sequence};
    if (is_new) {
        opening.new_epoch_because = "created";
        if (is_behind) opening.alarm = opening_alarm::began_anew;
    } else if (is_behind) {
        opening.new_epoch_because = "restored";
        opening.alarm = opening_alarm::went_back;
    } else if (!facts.was_closed_clean) {
        opening.new_epoch_because = "unclean end";
        if (!facts.had_wal) opening.alarm = opening_alarm::wal_missing;
    }
    if (!opening.new_epoch_because.empty()) ++opening.epoch;
    return opening;
}

log_opening open_log(const core::runtime& runtime, const database_settings& settings, connection& connection,
                     bool had_wal) {
    const auto opening = decide_opening(facts_of(connection, settings, had_wal));
    mark_open(connection, settings.name, opening, runtime.time.now());
    const auto log = runtime.log_for(settings.name);
    report(log, file_of(settings), opening);
    try {
        write_note(note_of(settings), {opening.generation, opening.epoch});
    } catch (const std::system_error& failure) {
        log.warning("the generation of the database could not be noted", {{"error", failure.what()}});
    }
    return opening;
}

}  // namespace storage
