#pragma once

#include <atomic>
#include <boost/asio/post.hpp>
#include <core/async.hpp>
#include <memory>
#include <mutex>
#include <utility>

#include "link.hpp"

namespace bus::amqp {

// The way from the thread to the listener, by way of the loop. After silence() nothing gets through any more, not even
// what is on its way, and neither the loop nor the listener is touched.
class announcer : public std::enable_shared_from_this<announcer> {
public:
    announcer(core::executor loop, link_listener& listener) : loop_{loop}, listener_{listener} {}

    // Any thread. `tell` is called with the listener, on the loop, in the order of these calls.
    template <class Tell>
    void post(Tell tell) {
        const std::lock_guard lock{mutex_};
        if (is_silent_) return;
        core::asio::post(loop_, [self = shared_from_this(), tell = std::move(tell)]() mutable {
            if (!self->is_silent_) tell(self->listener_);
        });
    }

    // Loop thread.
    void silence() {
        const std::lock_guard lock{mutex_};
        is_silent_ = true;
    }

private:
    core::executor loop_;
    link_listener& listener_;
    std::mutex mutex_;
    std::atomic<bool> is_silent_{false};
};

}  // namespace bus::amqp
