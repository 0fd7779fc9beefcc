#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace simulation {

// The process ends here, with all that it only had in memory.
struct process_died {};

// What the seed decides: everything.
class dice {
public:
    explicit dice(std::uint64_t seed) : random_{seed} {}

    [[nodiscard]] double throw_once() { return std::uniform_real_distribution<double>{0, 1}(random_); }
    [[nodiscard]] bool chance(double probability) { return throw_once() < probability; }
    // From 0 to `count` - 1.
    [[nodiscard]] std::size_t pick(std::size_t count) {
        return std::uniform_int_distribution<std::size_t>{0, count - 1}(random_);
    }

    // A place where a process may end.
    void may_die(double probability) {
        if (!is_kind_ && chance(probability)) throw process_died{};
    }
    // From here on nothing dies: the game is to come to its end.
    void be_kind() noexcept { is_kind_ = true; }
    [[nodiscard]] bool is_kind() const noexcept { return is_kind_; }

private:
    std::mt19937_64 random_;
    bool is_kind_ = false;
};

}  // namespace simulation
