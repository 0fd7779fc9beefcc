#pragma once

#include <bus/memory_bus.hpp>
#include <core/log.hpp>
#include <core/notifier.hpp>
#include <core/task_group.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <storage/database.hpp>
#include <storage/delivery_notes.hpp>
#include <string>
#include <utility>
#include <vector>

#include "delivery_window.hpp"
#include "parking_lot.hpp"

namespace bus {

// Takes one handler through one event log: reads what comes after its position, runs it, parks what fails, retries.
//
// The scanner reads the log into the window; lanes, at most the handler's concurrency, take from the window what may
// run. A commit of the source rings with the objects themselves; what is not among them any more is read from the log.
class follower {
public:
    follower(const core::runtime& runtime, const settings& settings, const event_handler& handler,
             storage::database& own, storage::database& source);

    void start();
    // Begins nothing more.
    void close() noexcept { stopping_ = true; }
    // Finishes what runs; what only waits stays in the log.
    core::awaitable<void> stop();
    // The source has committed.
    void ring(std::span<const storage::committed_event> events);

    [[nodiscard]] handler_status status() const;
    [[nodiscard]] bool is_quiet() const;
    [[nodiscard]] std::vector<std::string> failing() const { return tasks_.failing(); }

private:
    core::awaitable<void> scan();
    core::awaitable<void> load();
    core::awaitable<void> correct_position(storage::handler_progress& progress);
    [[nodiscard]] bool fill_window();
    [[nodiscard]] bool admit(std::shared_ptr<const storage::event_record> record, storage::live_object live);
    core::awaitable<void> skip_what_does_not_concern();
    core::awaitable<void> retry();
    void start_lanes(core::monotonic_time now);
    // The infrastructure is in trouble: nothing of this handler is begun for a while.
    void pause();
    core::awaitable<void> lane(work_item first);
    // Notes the events whose handlers returned without a commit, all that wait in one.
    core::awaitable<void> note_returned();

    // False when the event has to be tried again later without counting an attempt. Does not throw.
    core::awaitable<bool> attempt(work_item& item);
    core::awaitable<void> run(work_item& item);
    core::awaitable<void> run_handler(work_item& item, std::int64_t attempt, bool& committed);
    core::awaitable<void> note_failure(work_item& item, std::string reason, bool can_pass);
    core::awaitable<void> park_behind(work_item& item);
    [[nodiscard]] const event_subscription* subscription_for(const std::string& type) const;

    const core::runtime& runtime_;
    const settings& settings_;
    const event_handler& handler_;
    storage::database& own_;
    storage::database& source_;
    core::logger log_;
    storage::delivery_notes notes_;

    struct done_note {
        std::int64_t epoch;
        std::int64_t sequence;
        std::int64_t previous;
        std::string key;  // which runs until the note is durable, so that its order outlives a crash
    };

    delivery_window window_;
    std::vector<done_note> returned_;  // handled without a commit: after a crash they are handled again
    bool is_noting_ = false;
    parking_lot parked_;
    std::deque<storage::committed_event> ring_;
    std::int64_t scanned_ = 0;   // the log was read up to here
    std::int64_t relevant_ = 0;  // the last event that concerned the handler
    std::int64_t noted_ = 0;     // the position in the file is at least this
    std::int64_t epoch_ = 0;     // of what was scanned last
    std::int64_t head_ = 0;
    std::int64_t dead_ = 0;
    std::set<std::int64_t> ahead_;  // done already, found at the start
    std::size_t lanes_ = 0;
    std::size_t pauses_ = 0;  // in a row
    core::monotonic_time paused_until_{};
    bool loaded_ = false;
    bool stopping_ = false;

    core::notifier work_;     // for the scanner
    core::notifier retries_;  // for the retrier
    core::task_group tasks_;  // scanner and retrier: stopped by cancellation
    core::task_group busy_;   // lanes: finished, not cancelled
};

}  // namespace bus
