#include <algorithm>

#include "follower.hpp"

// For those who wait until the handler is past an event.
namespace bus {
namespace {

using line = std::multimap<std::int64_t, core::notifier*>;

class place_in_line {
public:
    place_in_line(line& all, std::int64_t sequence, core::notifier& told)
        : all_{all}, here_{all.emplace(sequence, &told)} {}
    place_in_line(const place_in_line&) = delete;
    place_in_line& operator=(const place_in_line&) = delete;
    ~place_in_line() { all_.erase(here_); }

private:
    line& all_;
    line::iterator here_;
};

}  // namespace

void follower::tell_waiting() {
    furthest_ = std::max(furthest_, cursor_.position());
    for (const auto& [sequence, waiter] : waiting_) {
        if (sequence > furthest_) break;
        waiter->notify();
    }
}

// What lies beyond the end of the log never happened there: its file was put back from a copy.
bool follower::is_past(std::int64_t sequence) const {
    return furthest_ >= sequence || (loaded_ && sequence > head_ && furthest_ >= source_.end());
}

core::awaitable<bool> follower::wait_until_past(std::int64_t sequence, core::monotonic_time deadline) {
    if (is_past(sequence)) co_return true;
    core::notifier told{runtime_.loop};
    const place_in_line place{waiting_, sequence, told};
    while (!stopping_ && !is_past(sequence) && runtime_.time.monotonic() < deadline)
        co_await told.wait_until(runtime_.time, deadline);
    co_return is_past(sequence);
}

}  // namespace bus
