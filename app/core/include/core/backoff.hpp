#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace core {

// How long to wait before the next attempt. No clock, no randomness of its own.
class retry_schedule {
public:
    // `delays`: before the second attempt, the third, …; the last one repeats. `jitter`: the most that is added, as a
    // part of the delay.
    explicit retry_schedule(std::vector<std::chrono::milliseconds> delays, double jitter = 0.2);

    // `failed_attempts` from 1; `random` from [0, 1). Jitter only lengthens, so that no server is asked earlier than
    // promised.
    [[nodiscard]] std::chrono::milliseconds delay(std::size_t failed_attempts, double random) const;

    // Attempts until the schedule is used up once: one more than it has delays.
    [[nodiscard]] std::size_t attempts() const noexcept { return delays_.size() + 1; }

    // With all of the jitter.
    [[nodiscard]] std::chrono::milliseconds longest() const;

private:
    std::vector<std::chrono::milliseconds> delays_;
    double jitter_;
};

// first, first × 2, first × 4, … up to `cap`.
[[nodiscard]] retry_schedule doubling(std::chrono::milliseconds first, std::chrono::milliseconds cap);

// From [0, 1). Any thread.
[[nodiscard]] double random_fraction();

}  // namespace core
