#include <algorithm>

#include "helpers.hpp"

namespace conformance {

CONFORMANCE_AREA(B);  // NOLINT(readability-identifier-naming): as the sections are named

namespace {

// Takes a few turns of the loop for each event, and sees how many run at a time.
struct slow_handler {
    int running = 0;
    int most = 0;

    core::awaitable<void> operator()(const happened& event, bus::delivery&) {
        most = std::max(most, ++running);
        for (auto turns = event.number % 5; turns > 0; --turns)
            co_await core::asio::post(harness::loop(), core::use_awaitable);
        --running;
    }
};

}  // namespace

CONFORMANCE_TEST(B, B1_order_by_key_equals_commit_order_while_keys_run_side_by_side) {
    constexpr int keys = 16;
    const int count = keys * scaled(1'000);
    slow_handler slow;
    stage.handle(consumer_1, "h", std::ref(slow), {.concurrency = 8});
    stage.start();

    co_await stage.publish(events_for(keys, count));
    co_await stage.quiet();

    expect_order(stage, keys, count);
    EXPECT_GE(slow.most, 2) << "nothing ran side by side, so this test has shown nothing";
}

CONFORMANCE_TEST(B, B2_order_by_key_outlives_failures_of_every_fifth_event) {
    constexpr int keys = 16;
    const int count = keys * scaled(1'000);
    stage.handle(consumer_1, "h", [](const happened& event, bus::delivery& delivery) -> core::awaitable<void> {
        if (event.number % 5 == 3 && delivery.attempt() == 1) throw std::runtime_error{"at first"};
        co_return;
    });
    stage.start();

    co_await stage.publish(events_for(keys, count));
    co_await stage.quiet();

    expect_order(stage, keys, count);
}

CONFORMANCE_TEST(B, B3_a_key_that_fails_waits_while_others_go_on) {
    using std::chrono_literals::operator""s;
    const int others = scaled(1'000);
    stage.settings.retry = core::retry_schedule{{1s, 1s, 1s, 1s, 1s, 1s}};
    stage.handle(consumer_1, "h", [](const happened& event, bus::delivery& delivery) -> core::awaitable<void> {
        if (event.subject == "bad" && event.number == 1 && delivery.attempt() <= 5) throw std::runtime_error{"not yet"};
        co_return;
    });
    stage.start();

    auto events = events_for(10, others);
    for (int i = 1; i <= 101; ++i) events.insert(events.begin() + i - 1, {"bad", i});
    co_await stage.publish(events);
    // Without chaos it needs no time to pass.
    if (stage.can(capability::calm)) {
        co_await harness::eventually([&] { return stage.effects() == others; });
        EXPECT_TRUE(stage.numbers(consumer_1, "h", "bad").empty());
    }
    co_await stage.quiet();

    EXPECT_EQ(stage.numbers(consumer_1, "h", "bad"), up_to(101));
    EXPECT_EQ(stage.count(consumer_1, "effects WHERE subject = 'bad' AND number = 1 AND attempt = 6"), 1);
}

CONFORMANCE_TEST(B, B4_two_types_of_one_key_keep_their_order_within_a_handler) {
    stage.equip(consumer_1, [&stage](bus::endpoint& door) {
        door.on("h")
            .event<happened>([&stage](const happened& event, bus::delivery& delivery) -> core::awaitable<void> {
                co_await harness::settle();
                co_await stage.note("h", event.subject, event.number, delivery);
            })
            .event<ended>([&stage](const ended& event, bus::delivery& delivery) {
                return stage.note("h", event.subject, event.number, delivery);
            });
    });
    stage.start();

    for (int i = 1; i <= 20; i += 2) co_await stage.publish(happened{"k", i}, ended{"k", i + 1});
    co_await stage.quiet();

    EXPECT_EQ(stage.numbers(consumer_1, "h", "k"), up_to(20));
}

CONFORMANCE_TEST(B, B5_order_is_kept_over_restarts_clean_and_killed) {
    constexpr int keys = 10;
    const int count = scaled(10'000);
    stage.handle(consumer_1, "h");
    stage.start();
    co_await stage.publish(events_for(keys, count));

    for (const auto how : {ending::clean, ending::killed}) {
        const auto done = stage.effects();
        co_await stage.pass_time_until([&] { return stage.effects() > done + count / 10; });
        co_await stage.restart(how);
    }
    co_await stage.quiet();

    expect_order(stage, keys, count);
}

CONFORMANCE_TEST(B, B6_the_order_of_what_remains_of_a_key_is_kept_after_a_dead_letter) {
    stage.handle(consumer_1, "h", [](const happened& event, bus::delivery&) -> core::awaitable<void> {
        if (event.number == 5) throw bus::rejected{"never"};
        co_return;
    });
    stage.start();

    co_await stage.publish(events_for(1, 10));
    co_await stage.quiet();

    EXPECT_EQ(stage.numbers(consumer_1, "h", "k0"), (std::vector<std::int64_t>{1, 2, 3, 4, 6, 7, 8, 9, 10}));
    EXPECT_EQ((co_await stage.dead(consumer_1)).size(), 1U);
}

CONFORMANCE_TEST(B, B7_redelivery_in_reverse_order_changes_no_order, capability::redelivery) {
    stage.handle(consumer_1, "h");
    stage.start();
    const auto events = events_for(5, 300);

    for (std::size_t i = 0; i < events.size(); i += 100) {
        const auto first = events.begin() + static_cast<std::ptrdiff_t>(i);
        co_await stage.publish(std::vector<happened>{first, first + 100});
        co_await stage.system().redeliver();
    }
    co_await stage.quiet();

    expect_order(stage, 5, 300);
}

}  // namespace conformance
