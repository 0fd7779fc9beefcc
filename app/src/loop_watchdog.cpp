#include "loop_watchdog.hpp"

#include <atomic>
#include <boost/asio/post.hpp>

namespace app {

struct loop_watchdog::pulse {
    std::atomic<bool> has_turned{true};
};

loop_watchdog::loop_watchdog(core::executor loop, std::chrono::milliseconds tick, std::int64_t ticks,
                             std::function<void()> act)
    : loop_{loop}, tick_{tick}, ticks_{ticks}, act_{std::move(act)}, pulse_{std::make_shared<pulse>()}, thread_{[this] {
          watch();
      }} {}

loop_watchdog::~loop_watchdog() {
    {
        const std::lock_guard lock{mutex_};
        is_ending_ = true;
    }
    ended_.notify_all();
    thread_.join();
}

void loop_watchdog::watch() {
    std::unique_lock lock{mutex_};
    for (std::int64_t silent = 0; silent < ticks_;) {
        if (pulse_->has_turned.exchange(false)) {
            silent = 0;
            core::asio::post(loop_, [pulse = pulse_] { pulse->has_turned = true; });
        } else {
            ++silent;
        }
        if (ended_.wait_for(lock, tick_, [this] { return is_ending_; })) return;
    }
    lock.unlock();
    act_();
}

}  // namespace app
