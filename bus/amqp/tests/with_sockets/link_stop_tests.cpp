// How a link ends.

#include <gtest/gtest.h>

#include <core/task_group.hpp>
#include <filesystem>
#include <harness/co_test.hpp>
#include <iterator>

#include "link_usage.hpp"

namespace {

using namespace bus::amqp;
using namespace std::chrono_literals;
using namespace bus::amqp::test;

link_plan publishing_to(const std::string& queue) {
    return {.declared = {.queues = {{.name = queue}}}, .channels = {{.has_confirms = true}}};
}

std::chrono::milliseconds time_to_stop(link_under_test& test, std::chrono::milliseconds limit) {
    const auto begin = std::chrono::steady_clock::now();
    test.stop(limit);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

std::ptrdiff_t count_entries(const char* folder) {
    return std::distance(std::filesystem::directory_iterator{folder}, std::filesystem::directory_iterator{});
}

}  // namespace

CO_TEST(link_stop, sends_all_that_waits_before_it_ends) {
    own_names names;
    const auto queue = names.queue();
    link_under_test test{publishing_to(queue)};
    co_await test.connect();
    for (std::uint64_t i = 0; i < 5000; ++i)
        EXPECT_TRUE(test.subject.publish(1, i, {.routing_key = queue, .body = "x"}));

    test.stop(5s);

    EXPECT_FALSE(test.subject.is_connected());
    EXPECT_FALSE(test.subject.publish(1, 0, {.routing_key = queue, .body = "x"}));
    bare_client client;
    co_await harness::eventually([&] { return client.count_messages(queue) == 5000; });
}

CO_TEST(link_stop, returns_within_its_limit_from_a_broker_that_reads_nothing) {
    own_names names;
    const auto queue = names.queue();
    gate gate;
    gate.open();
    link_under_test test{publishing_to(queue), through(gate)};
    co_await test.connect();
    gate.hold();
    for (std::uint64_t i = 0; i < 200; ++i)
        EXPECT_TRUE(test.subject.publish(1, i, {.routing_key = queue, .body = std::string(100'000, 'x')}));

    EXPECT_LT(time_to_stop(test, 500ms), 600ms);
}

CO_TEST(link_stop, does_not_wait_for_a_broker_that_does_not_answer_the_sign_in) {
    gate gate;
    gate.open();
    gate.hold();
    link_under_test test{{.channels = {{}}}, through(gate)};
    test.start();
    co_await harness::settle();

    EXPECT_LT(time_to_stop(test, 2s), 1s);

    EXPECT_TRUE(test.heard.losses.empty());
}

CO_TEST(link_stop, tells_nothing_any_more) {
    own_names names;
    const auto queue = names.queue();
    link_under_test test{{.declared = {.queues = {{.name = queue}}},
                          .channels = {{.has_confirms = true}, {.consumer = consumer_plan{.queue = queue}}}}};
    co_await test.connect();
    for (std::uint64_t i = 0; i < 100; ++i)
        EXPECT_TRUE(test.subject.publish(1, i, {.routing_key = queue, .body = "x"}));

    // The loop does not run between the two, so all that was to be told is on its way.
    test.stop(2s);
    co_await harness::settle();

    EXPECT_TRUE(test.heard.deliveries.empty());
    EXPECT_TRUE(test.heard.confirmations.empty());
    EXPECT_TRUE(test.heard.losses.empty());
}

CO_TEST(link_stop, leaves_no_question_unanswered) {
    gate gate;
    gate.open();
    link_under_test test{{.channels = {{}}}, through(gate)};
    co_await test.connect();
    gate.hold();
    bool is_answered = false;
    const auto ask = [](bus::amqp::link& subject, bool& is_answered) -> core::awaitable<void> {
        EXPECT_EQ(co_await subject.count_consumers("busbar-test.nowhere"), std::nullopt);
        is_answered = true;
    };
    core::manual_clock clock;
    core::log_hub logs{clock, core::log_level::error};
    core::task_group tasks{harness::loop(), clock, core::logger{logs, "test"}};
    tasks.spawn("ask", ask(test.subject, is_answered));
    co_await harness::settle();
    EXPECT_FALSE(is_answered);

    test.stop(300ms);

    co_await tasks.join();
    EXPECT_TRUE(is_answered);
}

CO_TEST(link_stop, leaves_no_thread_and_no_descriptor) {
    own_names names;
    const auto queue = names.queue();
    const auto use_many = [&](int times) -> core::awaitable<void> {
        for (int i = 0; i < times; ++i) {
            link_under_test test{publishing_to(queue)};
            // Stopped at whatever it does then, in one of two.
            if (i % 2 == 0)
                co_await test.connect();
            else
                test.start();
            test.stop(2s);
        }
    };
    // The first may leave what is kept for all: the thread sanitizer starts a thread of its own beside the first one.
    co_await use_many(2);
    const auto threads = count_entries("/proc/self/task");
    const auto descriptors = count_entries("/proc/self/fd");

    co_await use_many(100);

    // The kernel forgets a thread a moment after it was joined.
    co_await harness::eventually([&] { return count_entries("/proc/self/task") <= threads; });
    EXPECT_LE(count_entries("/proc/self/fd"), descriptors);
}
