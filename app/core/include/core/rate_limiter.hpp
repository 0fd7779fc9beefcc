#pragma once

#include <chrono>
#include <core/clock.hpp>
#include <core/recent_map.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

namespace core {

// COUNT in TIME.
struct rate {
    std::uint32_t count = 0;
    std::chrono::milliseconds per{};

    bool operator==(const rate&) const = default;
};

// Lets each key do something at most `count` times within any stretch of `per`. What is refused does not count, so
// whoever waits as long as told is let through. In memory: a restart forgets. One thread.
class rate_limiter {
public:
    // `most_keys`: those that are remembered at the same time; beyond it the ones unused for longest are forgotten.
    rate_limiter(rate limit, std::size_t most_keys) : limit_{limit}, uses_{most_keys, limit.per} {}

    struct verdict {
        bool is_allowed = false;
        std::uint32_t left = 0;       // how many more now
        std::chrono::seconds next{};  // until one more is allowed than now, rounded up; 0: nothing was used
    };
    verdict take(std::string_view key, monotonic_time now);
    // As if it had done nothing yet.
    void forget(std::string_view key) { uses_.forget(key); }

    [[nodiscard]] const rate& limit() const noexcept { return limit_; }
    [[nodiscard]] std::size_t keys() const noexcept { return uses_.size(); }

private:
    const rate limit_;
    recent_map<std::deque<monotonic_time>> uses_;  // the oldest first
};

}  // namespace core
