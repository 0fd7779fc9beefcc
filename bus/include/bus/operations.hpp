#pragma once

#include <bus/message.hpp>
#include <core/clock.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

// What an operator asks of one module's deliveries. Every module that has a database answers these requests, under its
// own name: "email.bus.status". Send them with endpoint::request_of().
namespace bus {

// How far one handler is in one log.
struct handler_view {
    std::string module;
    std::string handler;
    std::string source;         // the module whose log it follows
    std::int64_t position = 0;  // all up to here is done, parked or dead
    std::int64_t head = 0;      // the last event of the log
    std::int64_t lag = 0;       // events between them
    double lag_seconds = 0;     // age of the oldest event that waits, parked ones left out; 0 without a lag
    std::int64_t in_flight = 0;
    std::int64_t parked = 0;   // failed, or behind one that failed: tried again by themselves
    std::int64_t dead = 0;     // wait for a person
    double rate = 0;           // events handled a second, over the last ten seconds
    std::int64_t handled = 0;  // this and the following since the start of the process
    std::int64_t failed = 0;
    std::int64_t retried = 0;
    std::int64_t died = 0;
    std::int64_t suppressed = 0;  // duplicates that had no effect
    std::string paused{};         // why nothing is begun at present; empty when all is well
};
BOOST_DESCRIBE_STRUCT(handler_view, (),
                      (module, handler, source, position, head, lag, lag_seconds, in_flight, parked, dead, rate,
                       handled, failed, retried, died, suppressed, paused))

struct module_view {
    std::string module;
    std::string process;                         // where it runs: host and process id
    std::int64_t published = 0;                  // events, since the start of the process
    std::int64_t published_without_handler = 0;  // of these, those that no handler takes; 0 where others may have one
    std::optional<std::int64_t> sent{};          // of its log, what the broker has; none without a broker
    std::int64_t in_flight = 0;                  // on their way to the broker
    std::vector<handler_view> handlers{};
};
BOOST_DESCRIBE_STRUCT(module_view, (),
                      (module, process, published, published_without_handler, sent, in_flight, handlers))

struct get_status {
    static constexpr auto message = request<module_view>("bus.status", 1, repetition::harmless);
};
BOOST_DESCRIBE_STRUCT(get_status, (), ())

struct delivery_error {
    core::timestamp time{};
    std::string type;  // of the exception; "process_ended" when the process died while the handler ran
    std::string text;
};
BOOST_DESCRIBE_STRUCT(delivery_error, (), (time, type, text))

// What no retry could deliver.
struct dead_letter {
    std::string id;  // stable: MODULE-NUMBER
    std::string module;
    std::string handler;
    std::string source;
    std::string event_id;
    std::string type;
    std::int64_t version = 0;
    std::string key;
    core::timestamp time{};
    std::string trace_id;
    nlohmann::json data;  // as it came; a string when it is not JSON
    std::int64_t attempts = 0;
    std::vector<delivery_error> errors{};
    core::timestamp first_failed_at{};
    core::timestamp last_failed_at{};
    std::optional<nlohmann::json> original_data{};  // before it was edited
};
BOOST_DESCRIBE_STRUCT(dead_letter, (),
                      (id, module, handler, source, event_id, type, version, key, time, trace_id, data, attempts,
                       errors, first_failed_at, last_failed_at, original_data))

struct dead_letters {
    std::vector<dead_letter> items{};
    std::int64_t total_count = 0;
};
BOOST_DESCRIBE_STRUCT(dead_letters, (), (items, total_count))

// Newest failure first. `size` from 1 to 10,000 from `offset` on.
struct search_dead_letters {
    static constexpr auto message = request<dead_letters>("bus.dead_letters", 1, repetition::harmless);
    std::optional<std::string> handler{};
    std::int64_t offset = 0;
    std::int64_t size = 0;
};
BOOST_DESCRIBE_STRUCT(search_dead_letters, (), (handler, offset, size))

// Errors: not_found.
struct get_dead_letter {
    static constexpr auto message = request<dead_letter>("bus.dead_letter", 1, repetition::harmless);
    std::string id;
};
BOOST_DESCRIBE_STRUCT(get_dead_letter, (), (id))

struct affected {
    std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(affected, (), (count))

// Hands dead letters to their handlers again, with all attempts ahead of them: those of `ids`, or all when there is
// none. `data` replaces the payload of a single one; what it was is kept. Errors: not_found (one of `ids` is no dead
// letter: none is retried), conflict (no handler of this build takes it), invalid (`data` with more than one).
struct retry_dead_letters {
    static constexpr auto message = request<affected>("bus.retry_dead_letters", 1);
    std::vector<std::string> ids{};
    std::optional<nlohmann::json> data{};
};
BOOST_DESCRIBE_STRUCT(retry_dead_letters, (), (ids, data))

// Gives a dead letter up; a record of it is kept. Errors: not_found.
struct drop_dead_letter {
    static constexpr auto message = request<done>("bus.drop_dead_letter", 1);
    std::string id;
};
BOOST_DESCRIBE_STRUCT(drop_dead_letter, (), (id))

// A row of a module's event log.
struct event_view {
    std::string id;
    std::string type;
    std::int64_t version = 0;
    std::string source;
    std::int64_t epoch = 0;
    std::int64_t sequence = 0;
    std::string key;
    core::timestamp time{};
    std::string trace_id;
    nlohmann::json data;
};
BOOST_DESCRIBE_STRUCT(event_view, (), (id, type, version, source, epoch, sequence, key, time, trace_id, data))

struct events_view {
    std::vector<event_view> items{};
};
BOOST_DESCRIBE_STRUCT(events_view, (), (items))

// Newest first: those before the sequence `before`, or up to the newest. With `after`, oldest first from there on, to
// follow a log. `size` from 1 to 1,000.
struct search_events {
    static constexpr auto message = request<events_view>("bus.events", 1, repetition::harmless);
    std::optional<std::string> type{};
    std::optional<core::timestamp> since{};
    std::optional<core::timestamp> until{};  // before this time
    std::optional<std::int64_t> before{};
    std::optional<std::int64_t> after{};
    std::int64_t size = 0;
};
BOOST_DESCRIBE_STRUCT(search_events, (), (type, since, until, before, after, size))

// A row of a module's event log, all of it, for a copy.
struct log_row {
    std::int64_t sequence = 0;
    std::int64_t epoch = 0;
    std::string id;
    std::string type;
    std::int64_t version = 0;
    std::string key;
    core::timestamp time{};
    std::string traceparent;
    std::string cause;
    std::string data;  // JSON, byte for byte
};
BOOST_DESCRIBE_STRUCT(log_row, (), (sequence, epoch, id, type, version, key, time, traceparent, cause, data))

struct epoch_begin {
    std::int64_t epoch = 0;
    std::int64_t first_sequence = 0;
};
BOOST_DESCRIBE_STRUCT(epoch_begin, (), (epoch, first_sequence))

struct log_part {
    std::vector<epoch_begin> epochs{};  // all that the log ever had
    std::int64_t first = 0;             // the oldest event that is kept; 0 when there is none
    std::int64_t head = 0;              // the newest
    std::int64_t sent = 0;              // up to here the broker has them
    std::vector<log_row> rows{};        // without a gap
};
BOOST_DESCRIBE_STRUCT(log_part, (), (epochs, first, head, sent, rows))

// What follows `after` in a module's log: `size` events at most, 0 to 1,000, and about 1 MiB. `held`: the module
// `follower` has copied everything up to there; the log keeps what comes after it.
struct get_log {
    static constexpr auto message = request<log_part>("bus.log", 1, repetition::harmless);
    std::string follower;
    std::int64_t held = 0;
    std::int64_t after = 0;
    std::int64_t size = 0;
};
BOOST_DESCRIBE_STRUCT(get_log, (), (follower, held, after, size))

struct log_level_view {
    std::string module;
    std::string process;  // where it runs
    std::string level;    // DEBUG, INFO, WARNING, ERROR
};
BOOST_DESCRIBE_STRUCT(log_level_view, (), (module, process, level))

// From which level on the module logs.
struct get_log_level {
    static constexpr auto message = request<log_level_view>("bus.log_level", 1, repetition::harmless);
};
BOOST_DESCRIBE_STRUCT(get_log_level, (), ())

// Sets it until the process of the module ends; without a level it is as configured again. Error: invalid.
struct set_log_level {
    static constexpr auto message = request<log_level_view>("bus.set_log_level", 1, repetition::harmless);
    std::optional<std::string> level{};
};
BOOST_DESCRIBE_STRUCT(set_log_level, (), (level))

struct replay_started {
    std::string module;
    std::string handler;
    std::string source;
    std::int64_t from_sequence = 0;
    std::int64_t events = 0;  // of the log from there to its head
};
BOOST_DESCRIBE_STRUCT(replay_started, (), (module, handler, source, from_sequence, events))

// Takes one handler back in a log, to `from_sequence` or to the first event at or after `from_time`: from there on it
// gets every event again, as if for the first time. Parked and dead events from there on are among them. Give one of
// the two; `source` when the handler follows more than one log. Errors: not_found (no such handler), invalid (also when
// the log does not reach back so far).
struct start_replay {
    static constexpr auto message = request<replay_started>("bus.replay", 1);
    std::string handler;
    std::optional<std::string> source{};
    std::optional<std::int64_t> from_sequence{};
    std::optional<core::timestamp> from_time{};
};
BOOST_DESCRIBE_STRUCT(start_replay, (), (handler, source, from_sequence, from_time))

}  // namespace bus
