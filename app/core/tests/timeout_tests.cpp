#include <core/task_group.hpp>
#include <core/timeout.hpp>
#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <stdexcept>

using namespace std::chrono_literals;

namespace {

core::awaitable<int> answer() { co_return 42; }

core::awaitable<int> answer_on_the_next_turn() {
    co_await harness::settle();
    co_return 43;
}

core::awaitable<int> never(core::clock& clock) {
    co_await clock.sleep_for(1h);
    co_return 0;
}

core::awaitable<int> broken() {
    throw std::runtime_error{"broken"};
    co_return 0;
}

core::awaitable<void> wait_long(core::clock& clock, bool& timed_out) {
    const auto outcome = co_await core::with_timeout(1h, never(clock));
    timed_out = !outcome;
}

}  // namespace

CO_TEST(with_timeout, gives_the_result) {
    EXPECT_EQ((co_await core::with_timeout(10s, answer())).value(), 42);
    EXPECT_EQ((co_await core::with_timeout(10s, answer_on_the_next_turn())).value(), 43);
}

CO_TEST(with_timeout, ends_what_takes_too_long) {
    harness::world world;

    const auto outcome = co_await core::with_timeout(1ms, never(world.clock));

    EXPECT_FALSE(outcome.has_value());
    EXPECT_EQ(world.clock.sleepers(), 0U);
}

CO_TEST(with_timeout, passes_failures_on) {
    std::string what;
    try {
        (void)co_await core::with_timeout(10s, broken());
    } catch (const std::runtime_error& failure) {
        what = failure.what();
    }

    EXPECT_EQ(what, "broken");
}

CO_TEST(with_timeout, passes_a_cancellation_of_the_caller_on) {
    harness::world world;
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    bool timed_out = false;
    tasks.spawn("caller", wait_long(world.clock, timed_out));
    co_await harness::settle();
    EXPECT_EQ(world.clock.sleepers(), 1U);

    tasks.stop();
    co_await tasks.join();

    EXPECT_FALSE(timed_out);
    EXPECT_EQ(world.clock.sleepers(), 0U);
}

// Results that arrive together with the limit: each is either given or timed out, none is lost or given twice.
CO_TEST(with_timeout, survives_results_that_race_with_the_limit) {
    int results = 0;
    for (int i = 0; i < 2000; ++i) {
        // From a few microseconds to ten milliseconds: a slow machine or a sanitizer needs longer for one turn.
        const auto limit = std::chrono::microseconds{i % 20} * (1 << (i / 20 % 10));
        const auto outcome = co_await core::with_timeout(limit, answer_on_the_next_turn());
        if (outcome) {
            EXPECT_EQ(*outcome, 43);
            ++results;
        }
    }
    EXPECT_GT(results, 0);
}
