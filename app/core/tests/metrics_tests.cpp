#include <core/metrics.hpp>
#include <core/notifier.hpp>
#include <core/task_group.hpp>
#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

using harness::metric;

namespace {

core::awaitable<void> set(core::gauge& gauge, double value) {
    gauge.Set(value);
    co_return;
}

core::awaitable<void> set_later(core::notifier& bell, core::gauge& gauge, double value) {
    co_await bell.wait();
    gauge.Set(value);
}

core::awaitable<void> fail() {
    throw std::runtime_error{"cannot be measured"};
    co_return;
}

core::awaitable<void> keep_text(core::metrics& metrics, std::string& text) { text = co_await metrics.text(); }

}  // namespace

CO_TEST(metrics, are_told_in_the_text_format_of_prometheus) {
    core::metrics metrics;
    metrics.add_counter("busbar_things_total", "Things.", {{"kind", "a \"b\"\\\n"}}).Increment(2);
    metrics.add_gauge("busbar_room_bytes", "Room.").Set(1.5);
    metrics.add_histogram("busbar_time_seconds", "Time.", {0.1, 1}).Observe(0.1);

    EXPECT_EQ(co_await metrics.text(),
              "# HELP busbar_things_total Things.\n"
              "# TYPE busbar_things_total counter\n"
              "busbar_things_total{kind=\"a \\\"b\\\"\\\\\\n\"} 2\n"
              "# HELP busbar_room_bytes Room.\n"
              "# TYPE busbar_room_bytes gauge\n"
              "busbar_room_bytes 1.5\n"
              "# HELP busbar_time_seconds Time.\n"
              "# TYPE busbar_time_seconds histogram\n"
              "busbar_time_seconds_count 1\n"
              "busbar_time_seconds_sum 0.1\n"
              "busbar_time_seconds_bucket{le=\"0.1\"} 1\n"
              "busbar_time_seconds_bucket{le=\"1\"} 1\n"
              "busbar_time_seconds_bucket{le=\"+Inf\"} 1\n");
}

TEST(metrics, of_one_name_and_the_same_labels_are_one) {
    core::metrics metrics;
    auto& first = metrics.add_counter("busbar_things_total", "Things.", {{"kind", "a"}});

    EXPECT_EQ(&metrics.add_counter("busbar_things_total", "Other words.", {{"kind", "a"}}), &first);
    EXPECT_NE(&metrics.add_counter("busbar_things_total", "Things.", {{"kind", "b"}}), &first);
}

TEST(metrics, with_a_name_that_cannot_be_are_refused) {
    core::metrics metrics;
    (void)metrics.add_counter("busbar_things_total", "Things.");

    EXPECT_THROW((void)metrics.add_gauge("busbar_things_total", "Things."), std::invalid_argument);
    EXPECT_THROW((void)metrics.add_gauge("busbar things", "Things."), std::invalid_argument);
    EXPECT_THROW((void)metrics.add_gauge("busbar_room_bytes", "Room.", {{"a b", "c"}}), std::invalid_argument);
}

CO_TEST(metrics, are_counted_by_several_threads_and_none_is_lost) {
    harness::world world;
    auto& things = world.metrics.add_counter("busbar_things_total", "Things.");
    constexpr int each = 10'000;

    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&things] {
                for (int k = 0; k < each; ++k) things.Increment();
            });
    }

    EXPECT_EQ(co_await metric(world, "busbar_things_total"), 4.0 * each);
}

CO_TEST(metrics, that_are_measured_are_so_at_each_look_and_no_longer_than_somebody_does) {
    harness::world world;
    auto& length = world.metrics.add_gauge("busbar_queue_length", "Length.");
    double now = 1;
    auto measured = std::make_unique<core::measurement>(world.metrics, [&] { return set(length, now); });

    EXPECT_EQ(co_await metric(world, "busbar_queue_length"), 1);
    now = 2;
    EXPECT_EQ(co_await metric(world, "busbar_queue_length"), 2);
    measured.reset();
    now = 3;
    EXPECT_EQ(co_await metric(world, "busbar_queue_length"), 2);
}

CO_TEST(metrics, wait_for_who_measures_while_another_one_comes_and_goes) {
    harness::world world;
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    core::notifier bell{harness::loop()};
    auto& slow = world.metrics.add_gauge("busbar_slow", "Slow.");
    auto& quick = world.metrics.add_gauge("busbar_quick", "Quick.");
    const core::measurement first{world.metrics, [&] { return set_later(bell, slow, 1); }};
    auto second = std::make_unique<core::measurement>(world.metrics, [&] { return set(quick, 1); });
    std::string text;
    tasks.spawn("look", keep_text(world.metrics, text));
    co_await harness::settle();

    second.reset();
    const core::measurement third{world.metrics, [&] { return set(quick, 3); }};
    EXPECT_EQ(text, "");
    bell.notify();
    co_await tasks.join();

    EXPECT_NE(text.find("\nbusbar_slow 1\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\nbusbar_quick 0\n"), std::string::npos) << text;
}

CO_TEST(metrics, that_cannot_be_measured_are_not_told_as_if_they_were) {
    core::metrics metrics;
    const core::measurement broken{metrics, [] { return fail(); }};
    bool has_failed = false;

    try {
        (void)co_await metrics.text();
    } catch (const std::runtime_error&) {
        has_failed = true;
    }

    EXPECT_TRUE(has_failed);
}

TEST(metrics, count_what_is_alive) {
    core::metrics metrics;
    auto& open = metrics.add_gauge("busbar_open", "Open.");

    {
        const core::counted one{open};
        const core::counted other{open};
        EXPECT_EQ(open.Value(), 2);
    }
    EXPECT_EQ(open.Value(), 0);
}
