#pragma once

#include <conformance/fixture.hpp>
#include <cstdint>
#include <random>
#include <string>

#include "rabbitmq_adapter.hpp"

// Tests that begin on the bus of one process and go over to RabbitMQ and back, over the same files.
namespace conformance {

// The bus that the fixture begins with, and the other one.
class two_buses {
public:
    explicit two_buses(const stage& stage) : here_{stage.used_fixture().bus}, away_{rabbitmq_adapter()} {}

    [[nodiscard]] const std::shared_ptr<const adapter>& here() const noexcept { return here_; }
    [[nodiscard]] const std::shared_ptr<const adapter>& away() const noexcept { return away_; }
    [[nodiscard]] const std::shared_ptr<const adapter>& turn() {
        is_away_ = !is_away_;
        return is_away_ ? away_ : here_;
    }

private:
    std::shared_ptr<const adapter> here_;
    std::shared_ptr<const adapter> away_;
    bool is_away_ = false;
};

// Random moments; BUSBAR_SPLIT_SEED repeats those of an earlier run. A failed test prints its seed.
class moments {
public:
    moments();
    [[nodiscard]] int up_to(int most);
    // Lets the bus work for a moment of at most so many turns of the loop.
    [[nodiscard]] core::awaitable<void> pass(stage& stage, int most_turns);

private:
    explicit moments(std::uint64_t seed);

    std::mt19937_64 random_;
    testing::ScopedTrace trace_;
};

// The producer's events go to both consumers; what the first makes of them goes on to the second and back. All handlers
// fail now and then, the first time.
void cast_traffic(stage& stage);

// In a file that has none yet: what the producer has published so far is never sent.
core::awaitable<void> put_the_sender_at_the_end(stage& stage);

class traffic {
public:
    static constexpr int keys = 7;

    [[nodiscard]] core::awaitable<void> publish(stage& stage, int count);
    [[nodiscard]] int published() const noexcept { return published_; }
    // What the oracle does not look at: that each handler has seen each key in order.
    void expect_order(stage& stage) const;

private:
    int published_ = 0;
};

}  // namespace conformance
