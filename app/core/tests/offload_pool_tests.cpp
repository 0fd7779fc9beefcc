#include <core/offload_pool.hpp>
#include <core/task_group.hpp>
#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <latch>
#include <stdexcept>

namespace {

core::awaitable<void> run_and_count(core::offload_pool& pool, std::latch& gate, int& done, int& refused) {
    const auto outcome = co_await pool.run([&gate] { gate.wait(); });
    ++(outcome ? done : refused);
}

}  // namespace

CO_TEST(offload_pool, returns_what_the_work_returns_on_the_loop) {
    core::offload_pool pool{harness::loop(), {.name = "test"}};
    const auto loop_thread = std::this_thread::get_id();

    const auto worker = co_await pool.run([] { return std::this_thread::get_id(); });

    EXPECT_NE(worker.value(), loop_thread);
    EXPECT_EQ(std::this_thread::get_id(), loop_thread);
}

CO_TEST(offload_pool, rethrows_what_the_work_throws) {
    core::offload_pool pool{harness::loop(), {.name = "test"}};
    std::string what;
    try {
        (void)co_await pool.run([]() -> int { throw std::runtime_error{"broken"}; });
    } catch (const std::runtime_error& failure) {
        what = failure.what();
    }

    EXPECT_EQ(what, "broken");
}

CO_TEST(offload_pool, refuses_what_its_queue_cannot_hold) {
    harness::world world;
    core::offload_pool pool{harness::loop(), {.name = "test", .threads = 1, .queue = 2}};
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    std::latch gate{1};
    int done = 0;
    int refused = 0;
    tasks.spawn("first", run_and_count(pool, gate, done, refused));
    co_await harness::eventually([&] { return tasks.running() == 1 && pool.waiting() == 0; });

    for (int i = 0; i < 5; ++i) tasks.spawn("more", run_and_count(pool, gate, done, refused));
    co_await harness::eventually([&] { return pool.waiting() == 2 && refused >= 2; });
    gate.count_down();
    co_await tasks.join();

    EXPECT_EQ(done + refused, 6);
    EXPECT_GE(done, 3);
}

CO_TEST(offload_pool, finishes_what_is_queued_when_it_stops) {
    harness::world world;
    core::offload_pool pool{harness::loop(), {.name = "test", .threads = 2, .queue = 64}};
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    std::latch gate{0};
    int done = 0;
    int refused = 0;
    for (int i = 0; i < 20; ++i) tasks.spawn("work", run_and_count(pool, gate, done, refused));
    co_await harness::settle();

    pool.stop();
    co_await tasks.join();

    EXPECT_EQ(done, 20);
    EXPECT_FALSE((co_await pool.run([] { return 1; })).has_value());
}
