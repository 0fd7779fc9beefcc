#pragma once

#include <atomic>
#include <chrono>
#include <core/async.hpp>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace core {

// Wall-clock time, UTC, in milliseconds: for people and for what is stored.
using timestamp = std::chrono::sys_time<std::chrono::milliseconds>;
// The same as finely as the system knows it: for spans, which may be shorter than a millisecond.
using fine_timestamp = std::chrono::sys_time<std::chrono::nanoseconds>;
// Never steps back: for deadlines, back-off and ages within one process.
using monotonic_time = std::chrono::steady_clock::time_point;

// 2026-11-21T09:30:00.123Z (RFC 3339).
[[nodiscard]] std::string to_rfc3339(timestamp time);
// Takes any offset and 0 to 9 digits of a second; what is finer than a millisecond is cut off.
[[nodiscard]] std::optional<timestamp> from_rfc3339(std::string_view text);

// Time as a dependency, so that a test decides what time it is.
class clock {
public:
    virtual ~clock() = default;

    // Any thread.
    [[nodiscard]] virtual timestamp now() const = 0;
    [[nodiscard]] virtual fine_timestamp now_finely() const { return now(); }
    [[nodiscard]] virtual monotonic_time monotonic() const = 0;

    // Loop thread. Cancellation (terminal) ends it with operation_aborted.
    virtual awaitable<void> sleep_until(monotonic_time time) = 0;

    awaitable<void> sleep_for(std::chrono::nanoseconds duration) { return sleep_until(monotonic() + duration); }
};

class system_clock final : public clock {
public:
    [[nodiscard]] timestamp now() const override;
    [[nodiscard]] fine_timestamp now_finely() const override;
    [[nodiscard]] monotonic_time monotonic() const override;
    awaitable<void> sleep_until(monotonic_time time) override;
};

// Stands still until it is told to move. Loop thread, but for now() and monotonic(), which any thread may call.
class manual_clock final : public clock {
public:
    explicit manual_clock(timestamp start = timestamp{std::chrono::milliseconds{1'750'000'000'000}});

    [[nodiscard]] timestamp now() const override;
    [[nodiscard]] monotonic_time monotonic() const override;
    awaitable<void> sleep_until(monotonic_time time) override;

    // Moves both times on and wakes who slept until then, in the order of their times.
    void advance(std::chrono::nanoseconds duration);
    // The wall clock alone, as an operator or NTP sets it.
    void set_wall_clock(timestamp time);
    [[nodiscard]] std::size_t sleepers() const { return sleepers_.size(); }
    [[nodiscard]] std::optional<monotonic_time> next_wake_up() const;

private:
    std::atomic<std::chrono::milliseconds> wall_;
    std::atomic<std::chrono::nanoseconds> elapsed_{std::chrono::nanoseconds{0}};
    std::multimap<monotonic_time, steady_timer*> sleepers_;
};

}  // namespace core
