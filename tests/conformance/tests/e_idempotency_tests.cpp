#include <storage/delivery_notes.hpp>

#include "helpers.hpp"

using namespace std::chrono_literals;

// A duplicate is a second delivery of an event, on whichever way it came. Here it is played by its commit: the note
// and the effect of a delivery that the bus of this process knows nothing of.
namespace conformance {

CONFORMANCE_AREA(E);  // NOLINT(readability-identifier-naming): as the sections are named

namespace {

const storage::delivery_notes notes{"h", producer};

// True when this delivery had the effect.
core::awaitable<bool> deliver_elsewhere(stage& stage, std::string id, std::int64_t sequence, happened event) {
    const auto epoch = stage.database(producer).epochs().back().epoch;
    bool had_effect = false;
    co_await stage.write(consumer_1, [&](storage::transaction& transaction) {
        had_effect = notes.mark_done(transaction, epoch, sequence, sequence - 1);
        if (had_effect)
            transaction.execute(
                "INSERT INTO effects (handler, event_id, attempt, subject, number) VALUES ('h', ?1, 1, ?2, ?3)", id,
                event.subject, event.number);
    });
    co_return had_effect;
}

core::awaitable<int> deliver_all_elsewhere(stage& stage) {
    int effects = 0;
    for (const auto& row : stage.database(producer).events_after(0, 10'000))
        if (co_await deliver_elsewhere(stage, row.id, row.sequence, {row.key, row.sequence})) ++effects;
    co_return effects;
}

}  // namespace

CONFORMANCE_TEST(E, E1_an_event_that_comes_up_to_five_times_has_one_effect_and_the_others_are_counted,
                 capability::calm) {
    const int count = scaled(500);
    int suppressed = 0;
    stage.handle(consumer_1, "h", [&](const happened& event, bus::delivery& delivery) -> core::awaitable<void> {
        // Numbers are sequences here: one publisher, one event each.
        const auto times = event.number % 5;
        for (std::int64_t i = 0; i < times; ++i)
            EXPECT_EQ(co_await deliver_elsewhere(stage, delivery.event_id(), event.number, event), i == 0);
        if (times > 0) ++suppressed;
    });
    stage.start();

    co_await stage.publish(events_for(7, count));
    co_await stage.quiet();

    EXPECT_EQ(stage.effects(), count);
    EXPECT_EQ((co_await stage.view(consumer_1, "h")).suppressed, suppressed);
    EXPECT_EQ((co_await stage.view(consumer_1, "h")).handled, count - suppressed);
}

CONFORMANCE_TEST(E, E2_duplicates_before_during_and_after_the_first_handling_have_no_effect) {
    stage.handle(consumer_1, "h", [&](const happened& event, bus::delivery& delivery) -> core::awaitable<void> {
        if (event.number == 2) (void)co_await deliver_elsewhere(stage, delivery.event_id(), 2, event);
    });
    stage.start();
    co_await stage.quiet();
    co_await stage.restart(ending::clean, [] {});
    co_await stage.close();
    // Before: of an event that the consumer has not read yet.
    stage.open();
    co_await stage.publish(happened{"k", 1}, happened{"k", 2}, happened{"k", 3});
    const auto rows = stage.database(producer).events_after(0, 1);
    EXPECT_TRUE(co_await deliver_elsewhere(stage, rows.at(0).id, 1, {"k", 1}));

    stage.start();
    co_await stage.quiet();
    const auto afterwards = co_await deliver_all_elsewhere(stage);

    EXPECT_EQ(afterwards, 0);
    EXPECT_EQ(stage.numbers(consumer_1, "h", "k"), up_to(3));
}

CONFORMANCE_TEST(E, E3_a_duplicate_after_400_days_and_after_the_removal_of_its_event_has_no_effect) {
    stage.handle(consumer_1, "h");
    stage.start();
    co_await stage.publish(events_for(3, 20));
    co_await stage.quiet();
    EXPECT_TRUE((co_await stage.problems()).empty());
    const auto old = stage.database(producer).events_after(0, 1).at(0);

    for (int day = 0; day < 400; ++day) {
        stage.world.clock.advance(24h);
        co_await harness::settle();
    }
    co_await stage.publish(happened{"k0", 21});
    co_await stage.quiet();
    co_await stage.pass_time_until([&] { return stage.database(producer).events_after(0, 1).at(0).sequence > 1; }, 1h);
    EXPECT_FALSE(co_await deliver_elsewhere(stage, old.id, 1, {"k0", 1}));
    co_await stage.restart(ending::clean);
    co_await stage.quiet();

    EXPECT_EQ(stage.effects(), 21);
}

CONFORMANCE_TEST(E, E4_a_duplicate_of_an_event_that_failed_does_not_take_it_away) {
    stage.handle(consumer_1, "h", [](const happened&, bus::delivery& delivery) -> core::awaitable<void> {
        if (delivery.attempt() == 1) throw std::runtime_error{"at first"};
        co_return;
    });
    stage.start();
    co_await stage.publish(happened{"k", 1});
    co_await harness::eventually([&] { return stage.count(consumer_1, "parked") == 1; });

    EXPECT_EQ(co_await deliver_all_elsewhere(stage), 0);
    co_await stage.quiet();

    EXPECT_EQ(stage.numbers(consumer_1, "h", "k"), up_to(1));
}

CONFORMANCE_TEST(E, E6_what_a_dead_delivery_does_after_a_thousand_newer_events_has_no_effect, capability::calm) {
    const int newer = scaled(1'000);
    bool may_wake = false;
    bool was_refused = false;
    stage.equip(consumer_1, [&](bus::endpoint& door) {
        door.on("h").event<happened>([&](const happened& event, bus::delivery& delivery) -> core::awaitable<void> {
            if (event.subject == "late" && delivery.attempt() == 1) {
                // Deaf to its cancellation until then.
                co_await core::asio::this_coro::throw_if_cancelled(false);
                co_await harness::eventually([&] { return may_wake; });
                try {
                    co_await stage.note("h", event.subject, event.number, delivery);
                } catch (const std::exception&) {
                    was_refused = true;
                    throw;
                }
            }
            co_await stage.note("h", event.subject, event.number, delivery);
        });
    });
    stage.start();
    co_await stage.publish(happened{"late", 1});
    co_await harness::eventually([&] { return stage.starts("h") == 1; });
    stage.world.clock.advance(stage.settings.handler_limit + 1s);
    co_await harness::eventually([&] { return stage.count(consumer_1, "parked WHERE attempts = 1") == 1; });

    co_await stage.publish(events_for(5, newer));
    co_await stage.pass_time_until([&] { return stage.effects() == newer + 1; });
    may_wake = true;
    co_await harness::eventually([&] { return was_refused; });
    co_await stage.quiet();

    EXPECT_EQ(stage.numbers(consumer_1, "h", "late"), up_to(1));
}

CONFORMANCE_TEST(E, M6_confirmations_that_are_lost_double_nothing, capability::connection) {
    constexpr int rounds = 5;
    stage.handle(consumer_1, "h");
    stage.start();

    for (int round = 0; round < rounds; ++round) {
        co_await stage.publish(events_for(5, 100));
        stage.system().break_connections();
    }
    co_await stage.quiet();

    EXPECT_EQ(stage.effects(), rounds * 100);
}

}  // namespace conformance
