#pragma once

#include <chrono>
#include <condition_variable>
#include <core/async.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace app {

// Notices an event loop that does not turn any more: a handler that computes without end, or waits for something
// without giving way. Nothing in the process can take the loop back, so `act` should end it; what ran is then counted
// as a failed attempt at the next start.
//
// The time is counted in ticks of a thread of its own, so a process that was stopped or a machine that slept is not
// taken for one that hangs. `act` is called once, on that thread.
class loop_watchdog {
public:
    loop_watchdog(core::executor loop, std::chrono::milliseconds tick, std::int64_t ticks, std::function<void()> act);
    loop_watchdog(const loop_watchdog&) = delete;
    loop_watchdog& operator=(const loop_watchdog&) = delete;
    ~loop_watchdog();

private:
    struct pulse;
    void watch();

    core::executor loop_;
    const std::chrono::milliseconds tick_;
    const std::int64_t ticks_;
    const std::function<void()> act_;
    std::shared_ptr<pulse> pulse_;  // shared with what is queued on the loop
    std::mutex mutex_;
    std::condition_variable ended_;
    bool is_ending_ = false;
    std::thread thread_;
};

}  // namespace app
