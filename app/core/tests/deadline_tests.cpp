#include <boost/asio/co_spawn.hpp>
#include <core/task_group.hpp>
#include <core/timeout.hpp>
#include <exception>
#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <vector>

using namespace std::chrono_literals;

namespace {

core::awaitable<void> never(core::clock& clock) { co_await clock.sleep_for(1h); }

core::awaitable<void> note_end(core::clock& clock, std::chrono::milliseconds limit, std::vector<int>& ended) {
    EXPECT_FALSE(co_await core::with_timeout(limit, never(clock)));
    ended.push_back(static_cast<int>(limit.count()));
}

core::awaitable<void> limit_twice(core::clock& clock, bool& inner_is_over) {
    const auto inner = co_await core::with_timeout(1h, never(clock));
    inner_is_over = !inner;
}

core::awaitable<void> nothing() { co_return; }

core::awaitable<void> be_done_in_time() { EXPECT_TRUE(co_await core::with_timeout(1h, nothing())); }

}  // namespace

CO_TEST(deadline, that_comes_first_is_first_whenever_it_was_set) {
    harness::world world;
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    std::vector<int> ended;
    for (const auto limit : {150ms, 10ms, 200ms, 20ms}) tasks.spawn("waiter", note_end(world.clock, limit, ended));

    co_await harness::eventually([&] { return ended.size() == 4; });

    EXPECT_EQ(ended, (std::vector{10, 20, 150, 200}));
    co_await tasks.join();
}

// The one resumed takes another out of the list that is gone through.
CO_TEST(deadline, may_end_what_has_a_deadline_of_its_own) {
    harness::world world;
    bool inner_is_over = false;

    const auto outer = co_await core::with_timeout(1ms, limit_twice(world.clock, inner_is_over));

    EXPECT_FALSE(outer);
    EXPECT_FALSE(inner_is_over);
    EXPECT_EQ(world.clock.sleepers(), 0U);
}

// A server that ends would wait for it.
TEST(deadline, of_what_is_done_keeps_no_loop_running) {
    core::asio::io_context loop;
    bool is_done = false;
    core::asio::co_spawn(loop, be_done_in_time(), [&is_done](const std::exception_ptr& thrown) { is_done = !thrown; });

    loop.run();

    EXPECT_TRUE(is_done);
}
