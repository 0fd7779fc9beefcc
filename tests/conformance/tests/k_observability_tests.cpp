#include <bus/publish.hpp>

#include "helpers.hpp"

using namespace std::chrono_literals;

// K1 and K2 are also part of the end of every test: see stage::problems().
namespace conformance {

CONFORMANCE_AREA(K);  // NOLINT(readability-identifier-naming): as the sections are named

CONFORMANCE_TEST(K, K1_the_counters_are_those_of_what_happened, capability::calm) {
    stage.settings.retry = core::retry_schedule{{1s, 1s}};
    stage.handle(consumer_1, "h", [](const happened& event, bus::delivery& delivery) -> core::awaitable<void> {
        if (event.subject == "once" && delivery.attempt() == 1) throw std::runtime_error{"at first"};
        if (event.subject == "always") throw std::runtime_error{"boom"};
        if (event.subject == "never") throw bus::rejected{"never"};
        co_return;
    });
    stage.start();

    co_await stage.publish(happened{"good", 1}, happened{"once", 2}, happened{"always", 3}, happened{"never", 4},
                           ended{"good", 5});
    co_await stage.quiet();

    const auto view = co_await stage.view(consumer_1, "h");
    EXPECT_EQ(view.handled, 2);
    EXPECT_EQ(view.failed, 1 + 3 + 1);
    EXPECT_EQ(view.retried, 1 + 2);
    EXPECT_EQ(view.died, 2);
    EXPECT_EQ(view.suppressed, 0);
    EXPECT_EQ((co_await stage.status(producer)).published, 5);
    if (stage.can(capability::one_process)) EXPECT_EQ((co_await stage.status(producer)).published_without_handler, 1);
}

CONFORMANCE_TEST(K, K1_what_fails_after_its_commit_counts_as_handled, capability::calm) {
    stage.equip(consumer_1, [&](bus::endpoint& door) {
        door.on("h").event<happened>([&](const happened& event, bus::delivery& delivery) -> core::awaitable<void> {
            co_await stage.note("h", event.subject, event.number, delivery);
            throw std::runtime_error{"too late"};
        });
    });
    stage.start();

    co_await stage.publish(happened{"k", 1});
    co_await stage.quiet();

    EXPECT_EQ((co_await stage.view(consumer_1, "h")).handled, 1);
    EXPECT_EQ((co_await stage.view(consumer_1, "h")).failed, 0);
}

CONFORMANCE_TEST(K, K2_the_gauges_are_those_of_the_tables_while_events_wait, capability::calm) {
    stage.handle(consumer_1, "h", [](const happened& event, bus::delivery&) -> core::awaitable<void> {
        if (event.subject == "never") throw bus::rejected{"never"};
        throw std::runtime_error{"boom"};
        co_return;
    });
    stage.start();
    auto events = events_for(4, 20);
    events.push_back({"never", 1});
    co_await stage.publish(events);
    co_await harness::eventually([&] { return stage.count(consumer_1, "parked") == 21; });
    co_await stage.idle(consumer_1);

    const auto view = co_await stage.view(consumer_1, "h");

    EXPECT_EQ(view.parked, stage.count(consumer_1, "parked WHERE state <> 'dead'"));
    EXPECT_EQ(view.dead, stage.count(consumer_1, "parked WHERE state = 'dead'"));
    EXPECT_EQ(view.dead, 1);
    co_await stage.quiet();
}

CONFORMANCE_TEST(K, K3_the_lag_is_the_age_of_the_oldest_event_that_waits, capability::calm) {
    bool gate = false;
    stage.handle(consumer_1, "h", wait_for(gate), {.concurrency = 1});
    stage.start();
    co_await stage.publish(happened{"k", 1});
    stage.world.clock.advance(7s);
    co_await stage.publish(happened{"k", 2});
    co_await harness::eventually([&] { return stage.starts("h") == 1; });

    const auto before = co_await stage.view(consumer_1, "h");
    gate = true;
    co_await stage.quiet();
    const auto after = co_await stage.view(consumer_1, "h");

    EXPECT_EQ(before.lag, 2);
    EXPECT_DOUBLE_EQ(before.lag_seconds, 7);
    EXPECT_EQ(after.lag, 0);
    EXPECT_DOUBLE_EQ(after.lag_seconds, 0);
}

CONFORMANCE_TEST(K, K4_one_trace_goes_on_over_a_retry_and_a_restart) {
    std::vector<core::origin> seen;
    bool is_broken = true;
    stage.handle(consumer_1, "h", [&](const happened&, bus::delivery& delivery) -> core::awaitable<void> {
        seen.push_back(delivery.from());
        if (is_broken) throw std::runtime_error{"at first"};
        co_return;
    });
    stage.start();
    const core::origin origin{core::trace_context::start(), ""};
    co_await stage.write(
        producer, [](storage::transaction& transaction) { bus::publish(transaction, happened{"k", 1}); }, origin);
    co_await stage.pass_time_until([&] { return seen.size() >= 2; });
    is_broken = false;

    co_await stage.restart(ending::clean);
    co_await stage.quiet();

    const auto id = stage.database(producer).events_after(0, 1).at(0).id;
    EXPECT_GE(seen.size(), 3U);
    for (const auto& one : seen) {
        EXPECT_EQ(one.trace.trace_id, origin.trace.trace_id);
        EXPECT_EQ(one.cause, id);
    }
}

CONFORMANCE_TEST(K, K6_no_body_is_in_the_log) {
    stage.handle(consumer_1, "h", [](const happened& event, bus::delivery& delivery) -> core::awaitable<void> {
        if (event.number == 1) throw bus::rejected{"never"};
        if (delivery.attempt() == 1) throw std::runtime_error{"at first"};
        co_return;
    });
    stage.start();

    co_await stage.publish(happened{"k", 1, "the secret"}, happened{"k", 2, "the secret"});
    co_await stage.quiet();

    for (const auto& entry : stage.world.log.entries())
        for (const auto& field : entry.data)
            if (const auto* text = std::get_if<std::string>(&field.value))
                EXPECT_FALSE(text->contains("the secret")) << entry.name;
}

}  // namespace conformance
