#pragma once

#include <algorithm>
#include <bus/endpoint.hpp>
#include <bus/operations.hpp>
#include <bus/transport.hpp>
#include <core/log.hpp>
#include <core/notifier.hpp>
#include <core/runtime.hpp>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <storage/database.hpp>
#include <string>
#include <vector>

#include "copied_log.hpp"
#include "replica_cursor.hpp"

namespace bus {

// The copy of one log of another process, in the file of a module that follows it.
//
// What the broker brings is appended when it is the next; everything else is dropped, and what is missing is fetched
// from the source, which keeps it. So the copy has no gaps and no order of its own, and whatever the broker loses,
// repeats or mixes up is made good. Loop thread.
class replica final : public copied_log {
public:
    // `room`: events that the slowest handler may be behind; with more nothing is taken.
    replica(const core::runtime& runtime, storage::database& own, endpoint& door, std::string log, std::int64_t room);

    // Where the copy goes on, before the followers start. `handlers`: those that follow the log.
    void begin(const std::vector<const event_handler*>& handlers);

    // When it returns all that is the next is in the file. Throws storage::error.
    core::awaitable<void> take(std::vector<received_event> events);
    // Fetches what is missing and asks the source once in a while whether something is. Runs until it is cancelled.
    // `is_standby`: another process of this module is the one that is served.
    core::awaitable<void> keep_up(std::function<bool()> is_standby);
    void tick();

    [[nodiscard]] bool is_complete() const noexcept { return !is_missing_; }

    [[nodiscard]] std::int64_t head() override { return cursor_.held(); }
    [[nodiscard]] std::int64_t known_head() override { return std::max(cursor_.held(), source_head_.value_or(0)); }
    [[nodiscard]] std::int64_t end() override { return end_ ? std::max(*end_, cursor_.held()) : unknown; }
    [[nodiscard]] core::awaitable<std::int64_t> newest() override;
    [[nodiscard]] std::vector<storage::log_epoch> epochs() override { return cursor_.epochs(); }
    core::awaitable<void> enlist(std::string module, std::string handler, std::int64_t position) override;
    core::awaitable<void> note_place(core::origin from, std::string module, std::string handler,
                                     std::int64_t position) override;

private:
    static constexpr auto unknown = std::numeric_limits<std::int64_t>::max();
    class turn;
    class halted_readers;

    core::awaitable<void> prepare();
    core::awaitable<void> append(std::vector<storage::committed_event> fresh);
    core::awaitable<void> renew_epochs(replica_cursor renewed, bool has_gone_back);
    // `asked_at`: the cursor when the source was asked.
    core::awaitable<void> apply(log_part part, replica_cursor asked_at);
    core::awaitable<void> reach_back(std::int64_t position);
    void note_missing(const received_event& event);
    [[nodiscard]] bool is_full();
    [[nodiscard]] bool has_stalled(const log_part& part);

    const core::runtime& runtime_;
    endpoint& door_;
    core::logger log_;
    const std::int64_t room_;
    replica_cursor cursor_;
    bool is_prepared_ = false;
    bool starts_at_newest_ = false;  // nobody wants history
    bool is_missing_ = false;
    bool is_held_up_ = false;  // what has come waits for room
    bool is_writing_ = false;
    std::int64_t taken_ = 0;                   // events that came by the broker
    std::int64_t taken_at_last_answer_ = 0;    //
    std::int64_t sent_at_last_answer_ = 0;     //
    std::optional<std::int64_t> source_head_;  // as of the last answer
    std::optional<std::int64_t> held_before_;  // when the process began; nothing when there was no copy
    std::optional<std::int64_t> end_;          // of the log, once a place beyond it was found
    core::notifier work_;
    core::notifier room_made_;
    core::steady_timer written_;   // never over; cancelled when a turn has ended
    core::steady_timer answered_;  // never over; cancelled with each answer of the source
};

}  // namespace bus
