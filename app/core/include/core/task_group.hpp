#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <core/async.hpp>
#include <core/backoff.hpp>
#include <core/clock.hpp>
#include <core/log.hpp>
#include <core/notifier.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace core {

// Owns coroutines that run in the background: knows them by name, asks them to stop, waits for them. Loop thread.
//
// stop() refuses new work and sends a terminal cancellation to each member; join() returns when the last has ended. The
// destructor asserts that none is left. An exception that leaves a member is logged, never lost; operation_aborted is
// how a stopped one ends.
class task_group {
public:
    task_group(executor executor, clock& clock, logger log);
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;
    ~task_group();

    using member_id = std::uint64_t;

    // Runs `task` until it returns. Nothing, and the task is not begun, after stop().
    std::optional<member_id> spawn(std::string name, awaitable<void> task);
    // Sends a terminal cancellation to one member, if it still runs.
    void cancel(member_id id);

    // Runs what `make` returns, again and again: when it ends by an exception it is logged, counted and started once
    // more after a back-off (100 ms doubling to 30 s). It ends for good by returning, or with stop().
    bool spawn_restarting(std::string name, std::function<awaitable<void>()> make);

    void stop();
    awaitable<void> join();
    // As join(), but not beyond `time`; false when some still run then.
    awaitable<bool> join_until(monotonic_time time);

    // Closes to new work without cancelling what runs, for a drain.
    void close() noexcept { closed_ = true; }

    [[nodiscard]] std::size_t running() const noexcept { return members_.size(); }
    [[nodiscard]] std::vector<std::string> names() const;
    // Restarting tasks that are waiting out a failure now, as "name: what happened".
    [[nodiscard]] std::vector<std::string> failing() const;
    [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }

private:
    struct member {
        std::string name;
        member_id id = 0;
        std::string trouble{};
        asio::cancellation_signal cancel{};
    };
    using place = std::list<member>::iterator;

    awaitable<void> keep_running(place member, std::function<awaitable<void>()> make);
    void start(place member, awaitable<void> task);
    void ended(place member, const std::exception_ptr& failure);

    executor executor_;
    clock& clock_;
    logger log_;
    std::list<member> members_;
    member_id last_id_ = 0;
    notifier changed_;
    bool closed_ = false;
    std::uint64_t failures_ = 0;
};

// The message of an exception, for logs.
[[nodiscard]] std::string describe(const std::exception_ptr& failure);
[[nodiscard]] bool is_cancellation(const std::exception_ptr& failure);

}  // namespace core
