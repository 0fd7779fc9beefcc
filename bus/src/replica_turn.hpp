#pragma once

#include <boost/asio/redirect_error.hpp>

#include "replica.hpp"

namespace bus {

// Until the timer, which is never over, is cancelled; every waiter wakes then.
inline core::awaitable<void> wait_for_cancellation(core::steady_timer& timer) {
    boost::system::error_code is_over;
    co_await timer.async_wait(core::asio::redirect_error(core::use_awaitable, is_over));
}

// What the broker brings and what was fetched are written one after the other.
class replica::turn {
public:
    explicit turn(replica& owner) : owner_{owner} { owner_.is_writing_ = true; }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn() {
        owner_.is_writing_ = false;
        owner_.written_.cancel();
    }

    static core::awaitable<void> come(replica& owner) {
        while (owner.is_writing_) co_await wait_for_cancellation(owner.written_);
    }

private:
    replica& owner_;
};

}  // namespace bus
