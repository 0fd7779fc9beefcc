#include "helpers.hpp"
#include "pair.hpp"

// CONFORMANCE L1 and L3 to L7.
namespace conformance {

CONFORMANCE_AREA(L);  // NOLINT(readability-identifier-naming): as the sections are named

namespace {

// At the switches of a test with this many events.
ending end_of(int which) { return which % 3 == 2 ? ending::killed : ending::clean; }

core::awaitable<core::result<sum>> add_up(add input, bus::call) {
    co_return sum{std::accumulate(input.numbers.begin(), input.numbers.end(), std::int64_t{0})};
}

// What a module may expect of its bus, wherever the others are.
core::awaitable<void> same_body(stage& stage, std::int64_t round) {
    const auto subject = "round " + std::to_string(round);
    co_await stage.publish(happened{subject, 1}, happened{subject, 2});
    co_await stage.publish(happened{subject, 3});
    const auto answer = co_await stage.door(producer).request(add{{round, 2, 3}}, {});
    co_await stage.quiet();

    CO_ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->total, round + 5);
    EXPECT_EQ(stage.numbers(consumer_1, "h", subject), up_to(3));
    EXPECT_EQ(stage.numbers(consumer_2, "h", subject), up_to(3));
}

}  // namespace

CONFORMANCE_TEST(L, L1_ten_switches_at_random_moments_of_continuous_traffic_lose_and_double_nothing) {
    constexpr int switches = 10;
    const auto count = scaled(5'000);
    moments moments;
    two_buses buses{stage};
    traffic traffic;
    cast_traffic(stage);
    stage.start();

    for (int i = 0; i < switches; ++i) {
        const auto until = count * (i + 1) / (switches + 1);
        while (traffic.published() < until) {
            co_await traffic.publish(stage, std::min(until - traffic.published(), 1 + moments.up_to(20)));
            co_await moments.pass(stage, 60);
        }
        co_await stage.restart_on(buses.turn(), end_of(i));
    }
    co_await traffic.publish(stage, count - traffic.published());
    co_await stage.quiet();

    traffic.expect_order(stage);
}

CONFORMANCE_TEST(L, L3_a_kill_at_any_step_of_a_switch_loses_nothing) {
    moments moments;
    two_buses buses{stage};
    traffic traffic;
    cast_traffic(stage);
    stage.start();

    for (const auto& bus : {buses.away(), buses.here()}) {
        co_await traffic.publish(stage, 20);
        // With events under way; as soon as it runs on the other bus; a moment later; when it has taken up its work.
        co_await stage.restart_on(bus, ending::killed);
        co_await stage.restart(ending::killed);
        co_await traffic.publish(stage, 20);
        co_await stage.restart(ending::killed);
        co_await moments.pass(stage, 200);
        co_await stage.restart(ending::killed);
        const auto before = stage.effects();
        co_await stage.pass_time_until([&] { return stage.effects() > before; });
        co_await stage.restart(ending::killed);
    }
    co_await stage.quiet();

    traffic.expect_order(stage);
}

CONFORMANCE_TEST(L, L4_what_a_sender_passes_over_that_began_too_far_ahead_is_fetched, capability::calm) {
    const two_buses buses{stage};
    bool may_run = false;
    stage.handle(consumer_1, "h", wait_for(may_run));
    stage.start();
    co_await stage.publish(events_for(traffic::keys, 50));
    // So it will never send any of these.
    co_await put_the_sender_at_the_end(stage);
    co_await stage.restart_on(buses.away(), ending::killed);
    CO_ASSERT_TRUE(stage.effects() == 0);
    may_run = true;

    co_await stage.quiet();
    EXPECT_EQ(stage.effects(), 50);
    EXPECT_TRUE(stage.has_logged("the broker has lost events of a log; they are fetched from their source"));
    co_await stage.publish(happened{"last", 51});
    co_await stage.quiet();

    EXPECT_EQ(stage.numbers(consumer_1, "h", "last"), (std::vector<std::int64_t>{51}));
    expect_order(stage, traffic::keys, 50);
}

CONFORMANCE_TEST(L, L4_the_first_event_after_such_a_place_has_the_ones_before_fetched, capability::calm) {
    const two_buses buses{stage};
    bool may_run = false;
    stage.handle(consumer_1, "h", wait_for(may_run));
    stage.start();
    co_await stage.publish(events_for(traffic::keys, 50));
    co_await put_the_sender_at_the_end(stage);

    co_await stage.restart_on(buses.away(), ending::killed);
    may_run = true;
    co_await stage.publish(happened{"last", 51});
    co_await stage.quiet();

    EXPECT_EQ(stage.effects(), 51);
    expect_order(stage, traffic::keys, 50);
}

CONFORMANCE_TEST(L, L5_a_split_that_is_taken_back_at_once_leaves_no_trace) {
    moments moments;
    two_buses buses{stage};
    traffic traffic;
    cast_traffic(stage);
    stage.start();

    for (int i = 0; i < 3; ++i) {
        co_await traffic.publish(stage, 20);
        co_await stage.restart_on(buses.away(), ending::clean);
        co_await traffic.publish(stage, 5);
        co_await moments.pass(stage, 20);
        co_await stage.restart_on(buses.here(), ending::clean);
    }
    co_await stage.quiet();

    traffic.expect_order(stage);
}

CONFORMANCE_TEST(L, L6_two_modules_move_one_after_the_other_and_the_third_stays) {
    const two_buses buses{stage};
    const auto first_moved = rabbitmq_adapter({{producer, consumer_2}});
    traffic traffic;
    cast_traffic(stage);
    stage.start();

    for (const auto& bus : {first_moved, buses.away(), rabbitmq_adapter({{producer, consumer_1}}), buses.here()}) {
        co_await traffic.publish(stage, 30);
        co_await stage.restart_on(bus, ending::clean);
        co_await traffic.publish(stage, 30);
    }
    co_await stage.quiet();

    traffic.expect_order(stage);
}

CONFORMANCE_TEST(L, L7_the_same_body_passes_before_and_after_a_switch) {
    two_buses buses{stage};
    for (const auto* module : {consumer_1, consumer_2}) stage.handle(module, "h");
    stage.equip(consumer_1, [](bus::endpoint& door) { door.answer<add>(&add_up); });
    stage.start();

    co_await same_body(stage, 1);
    co_await stage.restart_on(buses.away(), ending::clean);
    co_await same_body(stage, 2);
    co_await stage.restart_on(buses.here(), ending::clean);
    co_await same_body(stage, 3);
}

}  // namespace conformance
