#include <unistd.h>

#include <bus/publish.hpp>
#include <fstream>

#include "helpers.hpp"

using namespace std::chrono_literals;

namespace conformance {

CONFORMANCE_AREA(F);  // NOLINT(readability-identifier-naming): as the sections are named

namespace {

// Bytes of this process in memory. Means nothing where a sanitizer keeps what was freed.
std::int64_t resident() {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return 0;
#endif
#endif
    std::int64_t pages = 0;
    std::ifstream{"/proc/self/statm"} >> pages >> pages;
    return pages * ::sysconf(_SC_PAGESIZE);
}

constexpr std::int64_t mebibyte = 1024 * 1024;

}  // namespace

CONFORMANCE_TEST(F, F1_a_handler_may_publish_twenty_thousand_events_to_its_own_module) {
    const int count = scaled(20'000);
    stage.equip(consumer_1, [&stage, count](bus::endpoint& door) {
        door.on("h").event<happened>([&stage, count](const happened& event, bus::delivery& delivery) {
            return stage.note("h", event.subject, event.number, delivery, [count](storage::transaction& transaction) {
                for (int i = 1; i <= count; ++i) bus::publish(transaction, answered{"k" + std::to_string(i % 50), i});
            });
        });
        door.on("own").event<answered>([&stage](const answered& event, bus::delivery& delivery) {
            return stage.note("own", event.subject, event.number, delivery);
        });
    });
    stage.start();
    const auto before = resident();

    co_await stage.publish(happened{"k", 1});
    co_await stage.quiet();

    EXPECT_EQ(stage.effects("own"), count);
    EXPECT_LT(resident() - before, 128 * mebibyte);
}

// The slow one needs time, which stands still here: the fast one is done before any has passed.
CONFORMANCE_TEST(F, F2_a_slow_consumer_does_not_slow_a_fast_one, capability::calm) {
    const int count = scaled(2'000);
    stage.handle(consumer_1, "slow",
                 [&stage](const happened&, bus::delivery&) -> core::awaitable<void> {
                     co_await stage.world.clock.sleep_for(50ms);
                 },
                 {.concurrency = 1});
    stage.handle(consumer_2, "fast");
    stage.start();

    co_await stage.publish(events_for(10, count));
    co_await harness::eventually([&] { return stage.effects("fast", consumer_2) == count; });
    EXPECT_EQ(stage.effects("slow"), 0);

    co_await stage.pass_time_until([&] { return stage.effects("slow") == count; }, 50ms);
    co_await stage.quiet();
}

CONFORMANCE_TEST(F, F3_a_consumer_that_stands_still_costs_no_memory, capability::calm) {
    const int count = scaled(1'000'000);
    static constexpr bool gate = false;  // the handler waits for it also when this body is over
    stage.is_waived = true;              // nobody waits for a million effects
    stage.handle(consumer_1, "h", wait_for(gate), {.concurrency = 1});
    stage.start();
    constexpr int at_a_time = 5'000;
    co_await stage.publish(events_for(10, at_a_time));
    const auto before = resident();

    for (int done = at_a_time; done < count; done += at_a_time) co_await stage.publish(events_for(10, at_a_time));

    EXPECT_LT(resident() - before, 64 * mebibyte);
    while ((co_await stage.view(consumer_1, "h")).lag < count)
        stage.world.clock.advance(std::chrono::milliseconds{500});
    EXPECT_EQ((co_await stage.view(consumer_1, "h")).lag, count);
}

CONFORMANCE_TEST(F, F4_everything_arrives_when_only_one_event_is_kept_in_memory) {
    const int count = scaled(10'000);
    stage.settings.ring = 1;
    stage.settings.window = 2;
    stage.handle(consumer_1, "h");
    stage.start();

    co_await stage.publish(events_for(7, count));
    co_await stage.quiet();

    expect_order(stage, 7, count);
}

CONFORMANCE_TEST(F, F5_a_log_that_has_grown_too_old_says_so_and_handlers_may_publish_all_the_same) {
    bool gate = false;
    stage.settings.max_age = 1min;
    stage.settings.handler_limit = 1000h;
    stage.handle(consumer_1, "h", wait_for(gate));
    stage.start();
    co_await stage.publish(happened{"k", 1});
    co_await stage.pass_time_until([&] { return stage.starts("h") > 0; });
    EXPECT_EQ(stage.system().overload(), "");

    stage.world.clock.advance(2min);
    co_await harness::eventually([&] { return !stage.system().overload().empty(); });
    co_await stage.publish(happened{"k", 2});
    gate = true;
    co_await stage.quiet();
    stage.world.clock.advance(1s);
    co_await harness::eventually([&] { return stage.system().overload().empty(); });

    EXPECT_EQ(stage.effects(), 2);
}

CONFORMANCE_TEST(F, F6_a_flood_of_signals_waits_for_nobody_and_every_one_is_taken_or_counted, capability::one_process) {
    const int count = scaled(1'000'000);
    constexpr std::size_t capacity = 1'024;
    std::optional<bus::endpoint::listener<tick>> ticks;
    stage.equip(consumer_1, [&](bus::endpoint& door) { ticks.emplace(door.listen<tick>(capacity)); });
    stage.start();

    for (int i = 1; i <= count; ++i) stage.door(producer).emit(tick{i});
    EXPECT_TRUE(co_await ticks->wait());
    const auto taken = ticks->take(static_cast<std::size_t>(count));

    EXPECT_LE(taken.size(), capacity);
    EXPECT_EQ(taken.back().number, count);
    EXPECT_EQ(taken.size() + ticks->missed(), static_cast<std::size_t>(count));
}

CONFORMANCE_TEST(F, F7_a_full_replica_stops_its_receiver_and_nothing_comes_twice, capability::replica,
                 capability::calm) {
    constexpr std::int64_t room = 100;
    constexpr std::int64_t one_commit = 512;
    constexpr int count = 3'000;
    bool gate = false;
    stage.settings.replica_room = room;
    stage.handle(consumer_1, "h", wait_for(gate), {.concurrency = 4});
    stage.start();
    const auto copied = [&] { return stage.count(consumer_1, "replica_log WHERE log = 'producer'"); };

    co_await stage.publish(events_for(10, count));
    co_await stage.pass_time_until([&] { return copied() > room; });
    const auto when_full = copied();
    for (int turn = 0; turn < 1'000; ++turn) co_await core::asio::post(harness::loop(), core::use_awaitable);
    // Nor is it taken for lost, and fetched from its source: that is asked in time, and has answered when it answers
    // this.
    for (int polls = 0; polls < 8; ++polls) {
        stage.world.clock.advance(2s);
        co_await harness::settle();
        EXPECT_TRUE(co_await stage.door(consumer_1).request_of(producer, bus::get_log{.follower = consumer_1}, {}));
    }

    EXPECT_EQ(copied(), when_full) << "the broker keeps the rest";
    EXPECT_LE(when_full, room + one_commit) << "what had come before the limit was reached";
    gate = true;
    co_await stage.quiet();
    EXPECT_EQ(stage.effects(), count);
    EXPECT_EQ((co_await stage.view(consumer_1, "h")).suppressed, 0);
}

}  // namespace conformance
