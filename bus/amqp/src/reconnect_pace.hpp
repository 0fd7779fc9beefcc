#pragma once

#include <chrono>
#include <core/backoff.hpp>
#include <core/clock.hpp>
#include <cstddef>
#include <optional>
#include <utility>

namespace bus::amqp {

// When to connect again. A connection that ends soon after it came about (a consumer without the right to read, a queue
// that is deleted again and again) counts as one more failure, so that such a fault is no busy loop.
class reconnect_pace {
public:
    explicit reconnect_pace(core::retry_schedule schedule) : schedule_{std::move(schedule)} {}

    void connected(core::monotonic_time now) { since_ = now; }

    // After each failed attempt and each loss: how long to wait. `random` from [0, 1).
    [[nodiscard]] std::chrono::milliseconds lost(core::monotonic_time now, double random) {
        if (since_ && now - *since_ >= schedule_.longest()) failures_ = 0;
        since_.reset();
        return schedule_.delay(++failures_, random);
    }

private:
    core::retry_schedule schedule_;
    std::size_t failures_ = 0;
    std::optional<core::monotonic_time> since_;  // a connection stands
};

}  // namespace bus::amqp
