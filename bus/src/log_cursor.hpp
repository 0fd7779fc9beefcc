#pragma once

#include <core/clock.hpp>
#include <cstdint>
#include <deque>
#include <set>
#include <storage/delivery_notes.hpp>

namespace bus {

// Reads over one log for one handler: which events are still to do, what each note needs to know, and how far all is
// done. No I/O, no clock.
class log_cursor {
public:
    void begin(const storage::handler_progress& progress);

    struct step {
        bool is_to_do = false;
        std::int64_t previous = 0;  // the last event before it that concerned the handler
    };
    // The next row of the log.
    [[nodiscard]] step pass(const storage::event_record& record, bool concerns);
    // What was to do is noted as done or parked.
    void settle(std::int64_t sequence);
    // The position in the file was moved to here over rows that do not concern the handler.
    void noted_up_to(std::int64_t sequence) { noted_ = relevant_ = sequence; }

    // The log was read up to here; the epoch of that row.
    [[nodiscard]] std::int64_t scanned() const noexcept { return scanned_; }
    [[nodiscard]] std::int64_t epoch() const noexcept { return epoch_; }
    // Everything up to here is done.
    [[nodiscard]] std::int64_t position() const noexcept;
    // When the first that is not done yet was published; nothing when all that was read is done.
    [[nodiscard]] const core::timestamp* oldest() const noexcept {
        return open_.empty() ? nullptr : &open_.front().time;
    }
    // Rows that were read since the last that left a note.
    [[nodiscard]] std::int64_t without_note() const noexcept { return scanned_ - std::max(noted_, relevant_); }

private:
    struct open_event {
        std::int64_t sequence;
        core::timestamp time;
        bool is_settled = false;
    };

    std::int64_t scanned_ = 0;
    std::int64_t relevant_ = 0;
    std::int64_t noted_ = 0;
    std::int64_t epoch_ = 0;
    std::set<std::int64_t> ahead_;  // done already when the cursor began
    std::deque<open_event> open_;   // ascending; the first is not settled
};

}  // namespace bus
