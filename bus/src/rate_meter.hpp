#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>

namespace bus {

// How many a second, over the last ten seconds. Told of each second by tick().
class rate_meter {
public:
    void add() noexcept { ++seconds_[now_]; }
    void tick() noexcept {
        now_ = (now_ + 1) % seconds_.size();
        seconds_[now_] = 0;
    }
    [[nodiscard]] double per_second() const noexcept {
        const auto whole = std::accumulate(seconds_.begin(), seconds_.end(), std::int64_t{0}) - seconds_[now_];
        return static_cast<double>(whole) / static_cast<double>(seconds_.size() - 1);
    }

private:
    std::array<std::int64_t, 11> seconds_{};  // ten whole ones and the one that runs
    std::size_t now_ = 0;
};

}  // namespace bus
