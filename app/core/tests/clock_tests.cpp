#include <core/clock.hpp>
#include <core/task_group.hpp>
#include <harness/co_test.hpp>
#include <harness/world.hpp>

using namespace std::chrono_literals;

TEST(rfc3339, writes_milliseconds_in_utc) {
    const core::timestamp time{std::chrono::milliseconds{1'769'860'800'007}};

    EXPECT_EQ(core::to_rfc3339(time), "2026-01-31T12:00:00.007Z");
}

TEST(rfc3339, reads_what_it_writes) {
    const core::timestamp time{std::chrono::milliseconds{1'769'860'800'999}};

    EXPECT_EQ(core::from_rfc3339(core::to_rfc3339(time)), time);
}

TEST(rfc3339, takes_offsets_and_any_number_of_decimals) {
    const auto noon = core::from_rfc3339("2026-01-31T12:00:00Z");

    EXPECT_EQ(core::from_rfc3339("2026-01-31T14:30:00.000000001+02:30"), noon);
    EXPECT_EQ(core::from_rfc3339("2026-01-31t11:00:00-01:00"), noon);
    EXPECT_EQ(core::from_rfc3339("2026-01-31T12:00:00.5Z"), *noon + 500ms);
}

TEST(rfc3339, refuses_what_is_no_time) {
    for (const auto* text :
         {"", "2026-01-31", "2026-02-30T12:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z",
          "2026-01-31T12:00:00", "2026-01-31T12:00:00Zx", "-026-01-31T12:00:00Z", "2026-01-31T12:00:00+24:00"})
        EXPECT_FALSE(core::from_rfc3339(text)) << text;
}

namespace {

core::awaitable<void> sleep_and_note(core::clock& clock, std::chrono::seconds duration,
                                     std::vector<std::chrono::seconds>& woken) {
    co_await clock.sleep_for(duration);
    woken.push_back(duration);
}

}  // namespace

CO_TEST(manual_clock, wakes_sleepers_in_the_order_of_their_times) {
    harness::world world;
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    std::vector<std::chrono::seconds> woken;
    for (const auto duration : {3s, 1s, 2s}) tasks.spawn("sleeper", sleep_and_note(world.clock, duration, woken));
    co_await harness::settle();

    world.clock.advance(2s);
    co_await harness::settle();

    EXPECT_EQ(woken, (std::vector{1s, 2s}));
    EXPECT_EQ(world.clock.sleepers(), 1U);
    world.clock.advance(1s);
    co_await tasks.join();
    EXPECT_EQ(woken.size(), 3U);
}

CO_TEST(manual_clock, a_cancelled_sleeper_leaves_nothing_behind) {
    harness::world world;
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    std::vector<std::chrono::seconds> woken;
    tasks.spawn("sleeper", sleep_and_note(world.clock, 1s, woken));
    co_await harness::settle();

    tasks.stop();
    co_await tasks.join();

    EXPECT_EQ(world.clock.sleepers(), 0U);
    EXPECT_TRUE(woken.empty());
}
