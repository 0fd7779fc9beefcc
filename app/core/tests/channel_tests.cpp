#include <core/channel.hpp>
#include <core/task_group.hpp>
#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <thread>

namespace {

core::awaitable<void> collect(core::channel<int>& channel, std::vector<int>& out) {
    while (co_await channel.wait()) channel.take(out, 64);
}

}  // namespace

CO_TEST(channel, refuses_what_does_not_fit_and_leaves_it_to_the_caller) {
    core::channel<std::string> channel{harness::loop(), 1};
    std::string second = "second";

    EXPECT_TRUE(channel.try_push("first"));
    EXPECT_FALSE(channel.try_push(second));

    EXPECT_EQ(second, "second");
    EXPECT_EQ(channel.try_take(), "first");
    co_return;
}

CO_TEST(channel, drops_the_oldest_and_says_how_many) {
    core::channel<int> channel{harness::loop(), 2};

    EXPECT_EQ(channel.push_dropping_oldest(1), 0U);
    EXPECT_EQ(channel.push_dropping_oldest(2), 0U);
    EXPECT_EQ(channel.push_dropping_oldest(3), 1U);

    std::vector<int> left;
    channel.take(left, 10);
    EXPECT_EQ(left, (std::vector{2, 3}));
    co_return;
}

CO_TEST(channel, gives_what_is_inside_after_close_and_then_ends) {
    core::channel<int> channel{harness::loop(), 4};
    EXPECT_TRUE(channel.try_push(1));
    channel.close();

    EXPECT_FALSE(channel.try_push(2));
    EXPECT_TRUE(co_await channel.wait());
    EXPECT_EQ(channel.try_take(), 1);
    EXPECT_FALSE(co_await channel.wait());
}

CO_TEST(channel, a_cancelled_wait_loses_nothing) {
    harness::world world;
    core::channel<int> channel{harness::loop(), 4};
    std::vector<int> none;
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    tasks.spawn("waiter", collect(channel, none));
    co_await harness::settle();

    tasks.stop();
    EXPECT_TRUE(channel.try_push(7));
    co_await tasks.join();

    EXPECT_EQ(none.size() + channel.size(), 1U);
}

CO_TEST(channel, carries_everything_from_many_threads) {
    harness::world world;
    core::channel<int> channel{harness::loop(), 128};
    std::vector<int> got;
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    tasks.spawn("collector", collect(channel, got));
    {
        std::vector<std::jthread> producers;
        for (int producer = 0; producer < 4; ++producer)
            producers.emplace_back([&channel] {
                for (int i = 0; i < 1000; ++i)
                    while (!channel.try_push(i)) std::this_thread::yield();
            });
        co_await harness::eventually([&] { return got.size() == 4'000; });
    }
    channel.close();
    co_await tasks.join();

    EXPECT_EQ(got.size(), 4'000U);
}
