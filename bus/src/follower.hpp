#pragma once

#include <bus/message_bus.hpp>
#include <bus/operations.hpp>
#include <core/log.hpp>
#include <core/notifier.hpp>
#include <core/task_group.hpp>
#include <cstdint>
#include <deque>
#include <map>
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
#include "followed_log.hpp"
#include "log_cursor.hpp"
#include "one_at_a_time.hpp"
#include "parking_lot.hpp"
#include "rate_meter.hpp"
#include "running_board.hpp"
#include "tracked_delivery.hpp"
#include "verdict.hpp"

namespace bus {

// What the followers of one module share.
struct follower_surroundings {
    const core::runtime& runtime;
    const settings& options;
    storage::database& own;  // of the module whose handlers these are
    running_board& board;
    one_at_a_time& alone;
};

// Takes one handler through one event log: reads what comes after its position, runs it, parks what fails, retries.
//
// The scanner reads the log into the window; lanes, at most the handler's concurrency, take from the window what may
// run; the retrier puts there what was parked and is due. A commit of the source rings with the objects themselves;
// what is not among them any more is read from the log. What is decided is decided by delivery_window, parking_lot,
// log_cursor and verdict; this class carries it out. Loop thread.
class follower {
public:
    follower(const follower_surroundings& surroundings, const event_handler& handler, followed_log& source);

    void start();
    // Begins nothing more.
    void close() noexcept { stopping_ = true; }
    // Finishes what runs, until `deadline`; what only waits stays in the log. Returns what still runs then.
    core::awaitable<std::vector<unfinished_event>> drain(core::monotonic_time deadline);
    // Cancels what still runs, and waits for it.
    void cancel();
    core::awaitable<void> join() { return busy_.join(); }
    // The source has committed.
    void ring(std::span<const storage::committed_event> events);
    // Once a second: looks for rows that no ring told of, and for handlers that take too long.
    void tick();

    // Goes back so that the event after `sequence` is the next, when what runs has ended. One at a time. False when the
    // follower is stopped before.
    core::awaitable<bool> rewind(std::int64_t sequence);
    // Begins nothing more, and returns when nothing runs: some of what the log held never happened. False when the
    // follower is stopped before. resume() reads its place anew, as at the start.
    core::awaitable<bool> halt();
    void resume();
    [[nodiscard]] bool is_rewinding() const noexcept { return rewind_to_ || keep_after_; }
    // From here on position() is at most this: a replay is about to begin there.
    void keep_after(std::optional<std::int64_t> position) noexcept { keep_after_ = position; }
    // See endpoint::wait_until_past().
    core::awaitable<bool> wait_until_past(std::int64_t sequence, core::monotonic_time deadline);
    // A person has handed a dead letter of the key back, or dropped it.
    void letter_changed(const std::string& key);

    [[nodiscard]] handler_view view() const;
    [[nodiscard]] bool is_quiet() const;
    [[nodiscard]] std::vector<std::string> failing() const { return tasks_.failing(); }
    [[nodiscard]] const event_handler& handler() const noexcept { return handler_; }
    [[nodiscard]] const std::string& module() const noexcept { return own_.name(); }
    [[nodiscard]] followed_log& source() const noexcept { return source_; }
    [[nodiscard]] bool takes(std::string_view type) const { return subscription_for(type) != nullptr; }
    // Everything up to here is done, parked or dead, and noted so.
    [[nodiscard]] std::optional<std::int64_t> position() const;
    // It ran when the process before this one died.
    [[nodiscard]] bool was_running(const storage::event_record& record) const;
    // When the oldest event that waits, parked ones left out, was published.
    [[nodiscard]] std::optional<core::timestamp> oldest_waiting() const;

private:
    // One after the other runs what the window gives it. Shared with its coroutine, which may outlive its part here
    // when the handler never ends.
    struct lane {
        std::optional<work_item> item;
        tracked_delivery* delivery = nullptr;  // while the handler runs
        std::optional<std::size_t> place{};    // on the board
        core::monotonic_time overdue_at{};
        bool is_given_up = false;
        core::task_group::member_id task = 0;
    };
    struct done_note {
        std::int64_t epoch;
        std::int64_t sequence;
        std::int64_t previous;
        std::string key;  // which runs until the note is durable, so that its order outlives a crash
    };
    enum class outcome { settled, returned, put_back };
    class running_mark;

    [[nodiscard]] static failed_attempt crash_failure();

    // follower.cpp: from the log into the window
    core::awaitable<void> scan();
    // Leaves loaded_ false when the log has gone back meanwhile: then all has to be read again.
    core::awaitable<void> load();
    core::awaitable<void> count_crashes(const storage::handler_progress& progress);
    core::awaitable<void> relink(storage::handler_progress& progress);
    core::awaitable<void> go_back();
    [[nodiscard]] bool fill_window();
    [[nodiscard]] bool admit(std::shared_ptr<const storage::event_record> record, storage::live_object live);
    core::awaitable<void> skip_what_does_not_concern();
    core::awaitable<void> retry();
    void take_due();
    [[nodiscard]] const event_subscription* subscription_for(std::string_view type) const;
    [[nodiscard]] parked_head head_of(core::timestamp next_attempt_at, std::int64_t attempts,
                                      bool has_ended_process) const;
    void drop_waiting();
    // To be called wherever the position may have moved.
    void tell_waiting();
    [[nodiscard]] bool is_past(std::int64_t sequence) const;

    // follower_lanes.cpp: what runs side by side
    void start_lanes();
    void start_lane(work_item item);
    core::awaitable<void> run_lane(std::shared_ptr<lane> lane);
    void finish(const work_item& item, outcome outcome);
    void give_up(const std::shared_ptr<lane>& lane);
    // The infrastructure is in trouble: nothing of this handler is begun for a while.
    void pause(const std::string& reason);
    [[nodiscard]] bool is_held_back() const noexcept { return halted_ || rewind_to_; }
    void tell_if_idle();
    [[nodiscard]] bool is_idle() const noexcept { return lanes_.empty() && returned_.empty() && !is_noting_; }
    // Notes the events whose handlers returned without a commit, all that wait in one.
    core::awaitable<void> note_returned();

    // follower_delivery.cpp: one event. attempt() does not throw.
    core::awaitable<outcome> attempt(lane& lane);
    core::awaitable<outcome> run(lane& lane);
    core::awaitable<void> run_handler(lane& lane, bool& is_committed);
    void count(const tracked_delivery& delivery);
    core::awaitable<void> note_failure(work_item& item, const failed_attempt& failure);
    core::awaitable<void> park_behind(work_item& item);
    // Asks the table for the first parked event of the key. `was_under_way`: the one before it, and that is over.
    void read_parked(const std::string& key, bool was_under_way);

    const core::runtime& runtime_;
    const settings& options_;
    const event_handler& handler_;
    storage::database& own_;
    followed_log& source_;
    running_board& board_;
    one_at_a_time& alone_;
    core::logger log_;
    storage::delivery_notes notes_;
    const std::uint64_t line_;  // on the board

    log_cursor cursor_;
    delivery_window window_;
    parking_lot parked_;
    std::vector<done_note> returned_;  // handled without a commit: after a crash they are handled again
    bool is_noting_ = false;
    std::deque<storage::committed_event> ring_;
    std::deque<std::shared_ptr<const storage::event_record>> backlog_;  // read from the log, and no room yet
    std::vector<running_board::place> ran_before_;                      // when the process before this one died
    std::set<std::pair<std::int64_t, std::int64_t>> crashed_;           // epoch, sequence: ran when the process died
    std::int64_t head_ = 0;
    std::int64_t dead_ = 0;
    std::int64_t furthest_ = 0;  // the position, or what it was before the handler was taken back
    std::multimap<std::int64_t, core::notifier*> waiting_;  // who wait until it is past a sequence
    std::vector<std::shared_ptr<lane>> lanes_;
    std::size_t pauses_ = 0;  // in a row
    core::monotonic_time paused_until_{};
    std::string pause_reason_;
    std::optional<std::int64_t> rewind_to_;
    std::optional<std::int64_t> keep_after_;
    bool halted_ = false;
    std::int64_t rewinds_ = 0;
    std::int64_t resumptions_ = 0;
    bool loaded_ = false;
    bool stopping_ = false;

    rate_meter rate_;
    std::int64_t handled_ = 0;
    std::int64_t failed_ = 0;
    std::int64_t retried_ = 0;
    std::int64_t died_ = 0;
    std::int64_t suppressed_ = 0;

    core::notifier work_;     // for the scanner
    core::notifier retries_;  // for the retrier
    core::notifier rewound_;  // for who asked for it
    core::notifier idle_;     // for who has halted it
    core::task_group tasks_;  // scanner and retrier: stopped by cancellation
    core::task_group busy_;   // lanes: finished, and cancelled only when they take too long
};

}  // namespace bus
