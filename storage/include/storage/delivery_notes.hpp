#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <storage/event_record.hpp>
#include <storage/transaction.hpp>
#include <string>
#include <vector>

namespace storage {

// How far a handler is in a log: all up to `sequence` is done, and so are the events in `ahead`.
struct handler_progress {
    std::int64_t epoch = 0;
    std::int64_t sequence = 0;
    struct done {
        std::int64_t epoch = 0;
        std::int64_t sequence = 0;
        std::int64_t previous = 0;  // the last event before it that concerned the handler
    };
    std::vector<done> ahead{};  // ascending
};

// A position is valid only inside its epoch: what an earlier epoch had where a later one began never happened, and
// nothing is done beyond the head of the log. Takes the progress back to what is true; false when it was so before.
[[nodiscard]] bool correct(handler_progress& progress, std::span<const log_epoch> epochs, std::int64_t head);

enum class parked_state { waiting, retrying, dead };

// An event that failed, or one of the same key behind it.
struct parked_event {
    std::int64_t id = 0;  // ascending in the order in which events of a key must run
    event_record event;
    parked_state state = parked_state::waiting;
    std::int64_t attempts = 0;
    core::timestamp next_attempt_at{};
    std::string errors = "[]";  // JSON array of {time, type, text}
};

// The parked events of one key, told by the first.
struct parked_line {
    std::string key;
    core::timestamp next_attempt_at{};
    std::int64_t attempts = 0;
    bool has_ended_process = false;  // its last attempt did
};

// The type in an error chain that says that the process died while the handler ran.
inline constexpr std::string_view process_ended = "process_ended";

// What a module's file knows of the deliveries to one handler from one log. All functions take the transaction or
// reader to work in, so that a note is committed with the effect that it speaks of.
class delivery_notes {
public:
    delivery_notes(std::string handler, std::string log) : handler_{std::move(handler)}, log_{std::move(log)} {}

    [[nodiscard]] const std::string& handler() const noexcept { return handler_; }
    [[nodiscard]] const std::string& log() const noexcept { return log_; }

    // Nothing when the handler has never run.
    [[nodiscard]] std::optional<handler_progress> progress(reader& reader) const;
    // Sets the position, for a new handler or over events that do not concern it, and drops what was ahead up to there.
    void move(transaction& transaction, std::int64_t epoch, std::int64_t sequence) const;
    // Writes down what correct() found.
    void correct(transaction& transaction, const handler_progress& corrected, std::span<const log_epoch> epochs,
                 std::int64_t head) const;
    // For a handler that takes other types than before: `ahead` with the right `previous` of each. The position closes
    // over what it can.
    void relink(transaction& transaction, std::span<const handler_progress::done> ahead) const;
    // Takes the position back to `sequence`: what comes after it is neither done nor parked nor dead any more.
    void rewind(transaction& transaction, std::int64_t epoch, std::int64_t sequence) const;

    // Notes that `sequence` is done. `previous`: the last event before it that concerns the handler (or the position
    // itself), so that the position closes over what lies between. False when it was done before: then the caller's
    // effect must not happen again.
    [[nodiscard]] bool mark_done(transaction& transaction, std::int64_t epoch, std::int64_t sequence,
                                 std::int64_t previous) const;

    // Parked events that are not dead: the lines of all keys, and the first of one.
    [[nodiscard]] std::vector<parked_line> parked_lines(reader& reader) const;
    [[nodiscard]] std::optional<parked_event> first_parked(reader& reader, const std::string& key) const;
    // Nothing when it is not there, or dead.
    [[nodiscard]] std::optional<parked_event> find_parked(reader& reader, std::int64_t epoch,
                                                          std::int64_t sequence) const;
    // The same, dead or not.
    [[nodiscard]] std::optional<parked_event> find_any_parked(reader& reader, std::int64_t epoch,
                                                              std::int64_t sequence) const;
    [[nodiscard]] std::int64_t parked_count(reader& reader) const;
    [[nodiscard]] std::int64_t dead(reader& reader) const;
    // `parked.id` is ignored; returns the new one.
    std::int64_t park(transaction& transaction, const parked_event& parked) const;
    void update(transaction& transaction, const parked_event& parked) const;
    // False when it is not there any more: somebody else finished it.
    [[nodiscard]] bool unpark(transaction& transaction, std::int64_t id) const;

private:
    // The position stands on an event of `epoch` at `sequence`, or after what was done ahead of it.
    void close_over(transaction& transaction, std::int64_t epoch, std::int64_t sequence) const;

    std::string handler_;
    std::string log_;
};

}  // namespace storage
