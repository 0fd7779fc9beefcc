#pragma once

#include <atomic>
#include <core/async.hpp>
#include <core/clock.hpp>
#include <memory>

namespace core {

// Wakes one waiting coroutine. notify() may be called from any thread, as often as it likes: calls before the next
// wait() count as one.
//
// The notifier must outlive its waiter and every call of notify(); a wake-up that is still on its way to the loop is
// harmless.
class notifier {
public:
    explicit notifier(executor executor);

    void notify();

    // Loop thread, one waiter at a time. Returns at once when notified since the last wait.
    // Cancellation (terminal) ends it with operation_aborted and consumes nothing.
    awaitable<void> wait();
    // As wait(), but not beyond `time` of `clock`.
    awaitable<void> wait_until(clock& clock, monotonic_time time);

private:
    struct state {
        explicit state(executor executor) : timer{executor, steady_timer::time_point::max()} {}
        std::atomic<bool> notified{false};
        std::atomic<bool> waiting{false};
        steady_timer timer;
    };
    executor executor_;
    std::shared_ptr<state> state_;
};

}  // namespace core
