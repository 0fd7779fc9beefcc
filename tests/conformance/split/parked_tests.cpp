#include <bus/operations.hpp>

#include "helpers.hpp"
#include "pair.hpp"

// CONFORMANCE L2.
namespace conformance {

CONFORMANCE_AREA(L2);  // NOLINT(readability-identifier-naming): as the sections are named

namespace {

struct troubles {
    bool are_over = false;
};

// "bad" is rejected and "late" fails, until the troubles are over.
void cast_troubles(stage& stage, const troubles& troubles) {
    stage.handle(consumer_1, "h", [&troubles](const happened& event, bus::delivery&) -> core::awaitable<void> {
        if (troubles.are_over) co_return;
        if (event.subject == "bad") throw bus::rejected{"never"};
        if (event.subject == "late") throw std::runtime_error{"not yet"};
    });
    // Attempts enough for the whole test.
    stage.settings.retry = core::retry_schedule{std::vector<std::chrono::milliseconds>(50, std::chrono::minutes{1})};
}

core::awaitable<void> publish_all(stage& stage, std::int64_t number) {
    co_await stage.publish(happened{"good", number}, happened{"bad", number}, happened{"late", number});
}

core::awaitable<void> until_in_hand(stage& stage, std::int64_t dead, std::int64_t parked, std::int64_t good) {
    co_await stage.pass_time_until([&stage, dead, parked, good] {
        return stage.count(consumer_1, "parked WHERE state = 'dead'") == dead &&
               stage.count(consumer_1, "parked WHERE state <> 'dead'") == parked && stage.effects() == good;
    });
}

}  // namespace

CONFORMANCE_TEST(L2, parked_and_dead_events_come_along, capability::calm) {
    two_buses buses{stage};
    troubles troubles;
    cast_troubles(stage, troubles);
    stage.start();
    co_await publish_all(stage, 1);
    co_await publish_all(stage, 2);
    co_await until_in_hand(stage, 2, 2, 2);

    co_await stage.restart_on(buses.away(), ending::clean);
    EXPECT_EQ((co_await stage.dead(consumer_1)).size(), 2u);
    co_await publish_all(stage, 3);
    co_await until_in_hand(stage, 3, 3, 3);
    co_await stage.restart_on(buses.here(), ending::killed);
    EXPECT_EQ((co_await stage.dead(consumer_1)).size(), 3u);
    co_await publish_all(stage, 4);
    co_await until_in_hand(stage, 4, 4, 4);

    troubles.are_over = true;
    co_await stage.quiet();
    EXPECT_EQ(stage.numbers(consumer_1, "h", "late"), up_to(4));
    EXPECT_EQ(stage.numbers(consumer_1, "h", "good"), up_to(4));
    EXPECT_EQ((co_await stage.dead(consumer_1)).size(), 4u);
}

CONFORMANCE_TEST(L2, what_died_on_one_bus_is_revived_on_the_other, capability::calm) {
    two_buses buses{stage};
    troubles troubles;
    cast_troubles(stage, troubles);
    stage.start();
    co_await publish_all(stage, 1);
    co_await until_in_hand(stage, 1, 1, 1);
    co_await stage.restart_on(buses.away(), ending::clean);
    co_await publish_all(stage, 2);
    co_await until_in_hand(stage, 2, 2, 2);
    troubles.are_over = true;

    const auto on_the_other = co_await stage.ask(consumer_1, bus::retry_dead_letters{});
    co_await stage.quiet();
    co_await stage.restart_on(buses.here(), ending::clean);
    co_await stage.quiet();

    CO_ASSERT_TRUE(on_the_other.has_value());
    EXPECT_EQ(on_the_other->count, 2);
    EXPECT_TRUE((co_await stage.dead(consumer_1)).empty());
    for (const auto* subject : {"good", "late"}) EXPECT_EQ(stage.numbers(consumer_1, "h", subject), up_to(2));
    EXPECT_EQ(stage.effects(), 6);
}

}  // namespace conformance
