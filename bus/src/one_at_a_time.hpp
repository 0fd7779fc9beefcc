#pragma once

#include <core/notifier.hpp>
#include <vector>

namespace bus {

// Lets one event of the process run that is under suspicion of having ended it before. Loop thread.
class one_at_a_time {
public:
    // Who is told when it is free again.
    void add(core::notifier& waiter) { waiters_.push_back(&waiter); }

    [[nodiscard]] bool is_free() const noexcept { return !is_taken_; }
    void take() noexcept { is_taken_ = true; }
    void release() {
        is_taken_ = false;
        for (auto* waiter : waiters_) waiter->notify();
    }

private:
    bool is_taken_ = false;
    std::vector<core::notifier*> waiters_;
};

}  // namespace bus
