#include <core/task_group.hpp>
#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <stdexcept>

using namespace std::chrono_literals;

namespace {

core::awaitable<void> run_for_ever(core::clock& clock, bool& ended) {
    struct note {
        bool& ended;
        ~note() { ended = true; }
    } note{ended};
    co_await clock.sleep_for(1h);
}

core::awaitable<void> throw_once() {
    throw std::runtime_error{"broken"};
    co_return;
}

core::awaitable<void> fail_twice(int& runs) {
    if (++runs < 3) throw std::runtime_error{"not yet"};
    co_return;
}

}  // namespace

CO_TEST(task_group, stops_its_members_and_waits_for_them) {
    harness::world world;
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    bool ended = false;
    EXPECT_TRUE(tasks.spawn("endless", run_for_ever(world.clock, ended)));
    co_await harness::settle();
    EXPECT_EQ(tasks.names(), std::vector<std::string>{"endless"});

    tasks.stop();
    co_await tasks.join();

    EXPECT_TRUE(ended);
    EXPECT_EQ(tasks.running(), 0U);
}

CO_TEST(task_group, takes_nothing_after_stop) {
    harness::world world;
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    tasks.stop();

    int runs = 0;
    EXPECT_FALSE(tasks.spawn("late", fail_twice(runs)));
    co_await tasks.join();

    EXPECT_EQ(runs, 0);
}

CO_TEST(task_group, logs_what_leaves_a_member) {
    harness::world world;
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    tasks.spawn("broken", throw_once());
    co_await tasks.join();

    const auto entries = world.log.entries();
    CO_ASSERT_TRUE(entries.size() == 1);
    EXPECT_EQ(entries[0].name, "a background task failed");
    EXPECT_EQ(entries[0].data[1], (core::log_field{"error", "broken"}));
    EXPECT_EQ(tasks.failures(), 1U);
}

CO_TEST(task_group, starts_a_failed_task_again_after_a_growing_wait) {
    harness::world world;
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    int runs = 0;
    tasks.spawn_restarting("flaky", [&runs] { return fail_twice(runs); });
    co_await harness::settle();
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(tasks.failing(), std::vector<std::string>{"flaky: not yet"});

    world.clock.advance(99ms);
    co_await harness::settle();
    EXPECT_EQ(runs, 1);
    world.clock.advance(21ms);
    co_await harness::settle();
    EXPECT_EQ(runs, 2);
    world.clock.advance(240ms);
    co_await tasks.join();

    EXPECT_EQ(runs, 3);
    EXPECT_TRUE(tasks.failing().empty());
}
