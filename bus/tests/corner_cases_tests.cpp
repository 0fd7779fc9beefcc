#include <boost/asio/post.hpp>
#include <bus/operations.hpp>
#include <core/task_group.hpp>
#include <latch>
#include <stdexcept>

#include "fixture.hpp"

using namespace std::chrono_literals;

// Faults that a review found, each with the steps that showed it.
namespace bus::test {

// A handler that swallows its cancellation and returns without a commit.
CO_TEST(failing_handlers, that_return_after_they_were_given_up_change_nothing) {
    two_modules modules;
    bool has_begun = false;
    int swallowed = 0;
    modules.office_door->on("handler").event<order_placed>(
        [&](const order_placed& o, delivery& d) -> core::awaitable<void> {
            has_begun = true;
            if (o.number == 1 && d.attempt() == 1) {
                try {
                    co_await modules.world.clock.sleep_for(24h);
                } catch (const boost::system::system_error&) {
                    ++swallowed;
                }
                co_return;
            }
            co_await modules.note_order(o, d);
        });
    modules.bus->start();
    co_await modules.publish(order_placed{"ada", 1});
    co_await harness::eventually([&] { return has_begun; });
    modules.world.clock.advance(61s);
    co_await harness::eventually([&] { return modules.count("parked") == 1; });
    for (int i = 0; i < 20; ++i) {
        modules.world.clock.advance(1s);
        co_await harness::settle();
    }
    co_await modules.publish(order_placed{"bob", 2});
    co_await modules.quiet();
    EXPECT_EQ(swallowed, 1);
    EXPECT_EQ(modules.bus->status().at(0).in_flight, 0);
    EXPECT_EQ(modules.bus->status().at(0).handled, 2);
    co_await modules.close();
}

CO_TEST(replay, waits_for_a_handler_that_returns_without_a_commit) {
    two_modules modules;
    bool may_end = false;
    int runs = 0;
    modules.office_door->on("handler").event<order_placed>(
        [&](const order_placed&, delivery&) -> core::awaitable<void> {
            ++runs;
            while (!may_end) co_await harness::settle();
        });
    modules.bus->start();
    co_await modules.publish(order_placed{"ada", 1});
    co_await harness::eventually([&] { return runs == 1; });
    core::task_group tasks{modules.world.runtime.loop, modules.world.clock, modules.world.runtime.log_for("t")};
    bool replayed = false;
    tasks.spawn("r", [](two_modules& modules, bool& done) -> core::awaitable<void> {
        auto a = co_await modules.shop_door->request_of("office",
                                                        start_replay{.handler = "handler", .from_sequence = 1}, {});
        done = a.has_value();
    }(modules, replayed));
    co_await harness::settle();
    may_end = true;
    co_await harness::eventually([&] { return replayed && runs == 2; });
    EXPECT_TRUE(replayed);
    EXPECT_EQ(runs, 2);
    tasks.stop();
    co_await tasks.join();
    co_await modules.close();
}

// CONFORMANCE G1.
CO_TEST(stopping, notes_what_returned_without_a_commit) {
    two_modules modules;
    bool may_end = false;
    int runs = 0;
    auto add = [&] {
        modules.office_door->on("handler").event<order_placed>(
            [&](const order_placed&, delivery&) -> core::awaitable<void> {
                ++runs;
                while (!may_end) co_await harness::settle();
            });
        modules.bus->start();
    };
    add();
    co_await modules.publish(order_placed{"ada", 1});
    co_await harness::eventually([&] { return runs == 1; });
    may_end = true;
    auto unfinished = co_await modules.bus->stop(modules.world.clock.monotonic() + 1h);
    EXPECT_TRUE(unfinished.empty());
    co_await modules.close();
    modules.open();
    add();
    co_await modules.quiet();
    EXPECT_EQ(runs, 1);
    co_await modules.close();
}

// Cancelled orders are done ahead of a placed one that nobody takes any more.
CO_TEST(types_of_a_handler, that_are_dropped_do_not_stop_its_position) {
    two_modules modules;
    bool cancelled = false;
    modules.office_door->on("handler")
        .event<order_placed>([&](const order_placed&, delivery&) -> core::awaitable<void> {
            co_await modules.world.clock.sleep_for(24h);
        })
        .event<order_cancelled>([&](const order_cancelled&, delivery& d) -> core::awaitable<void> {
            co_await d.commit([](storage::transaction&) {});
            cancelled = true;
        });
    modules.bus->start();
    co_await modules.publish(order_placed{"ada", 1}, order_cancelled{"bob", 2});
    co_await harness::eventually([&] { return cancelled; });
    co_await modules.close();
    modules.open();
    modules.office_door->on("handler").event<order_cancelled>(
        [&](const order_cancelled&, delivery& d) -> core::awaitable<void> {
            co_await d.commit([](storage::transaction&) {});
        });
    modules.bus->start();
    for (int i = 0; i < 50; ++i) {
        co_await modules.publish(order_cancelled{"bob", 3});
        co_await modules.quiet();
    }
    EXPECT_EQ(modules.bus->status().at(0).position, 52);
    EXPECT_EQ(modules.count("done_ahead"), 0);
    EXPECT_EQ(modules.office->read(
                  [](storage::reader& r) { return r.query_one<std::int64_t>("SELECT sequence FROM positions"); }),
              52);
    co_await modules.close();
}

// The position must not close over an event that an earlier version did not take.
CO_TEST(types_of_a_handler, that_are_new_are_not_passed_over) {
    two_modules modules;
    bool third = false;
    modules.office_door->on("handler").event<order_placed>(
        [&](const order_placed& o, delivery& d) -> core::awaitable<void> {
            if (o.number == 1) co_await modules.world.clock.sleep_for(24h);
            co_await modules.note_order(o, d);
            third = true;
        });
    modules.bus->start();
    co_await modules.publish(order_placed{"ada", 1}, order_cancelled{"bob", 2}, order_placed{"carl", 3});
    co_await harness::eventually([&] { return third; });
    co_await modules.close();
    modules.open();
    int units = 0, calls = 0;
    modules.office_door->on("handler")
        .event<order_placed>(
            [&](const order_placed& o, delivery& d) -> core::awaitable<void> { co_await modules.note_order(o, d); })
        .event<order_cancelled>([&](const order_cancelled&, delivery& d) -> core::awaitable<void> {
            ++calls;
            co_await harness::eventually([&] { return modules.effects("ada").size() == 1; });
            co_await d.commit([&](storage::transaction&) { ++units; });
        });
    modules.bus->start();
    co_await modules.quiet();
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(units, 1);
    co_await modules.close();
}

// Both come into one commit, and the replay reads the table first.
CO_TEST(dead_letters, may_be_handed_back_while_a_replay_begins) {
    two_modules modules;
    bool broken = true;
    modules.office_door->on("handler").event<order_placed>(
        [&](const order_placed& o, delivery& d) -> core::awaitable<void> {
            if (broken && o.number == 1) throw rejected{"x"};
            co_await modules.note_order(o, d);
        });
    modules.bus->start();
    co_await modules.publish(order_placed{"ada", 1}, order_placed{"bob", 2});
    co_await modules.quiet();
    broken = false;
    core::task_group tasks{modules.world.runtime.loop, modules.world.clock, modules.world.runtime.log_for("t")};
    // Keeps the writer busy, so that both come into one batch.
    std::latch both_wait{1};
    auto hold = [](two_modules& modules, std::latch& gate) -> core::awaitable<void> {
        co_await modules.office->write({}, [&gate](storage::transaction&) { gate.wait(); });
    };
    auto replay = [](two_modules& modules) -> core::awaitable<void> {
        std::ignore = co_await modules.shop_door->request_of(
            "office", start_replay{.handler = "handler", .from_sequence = 2}, {});
    };
    auto retry = [](two_modules& modules) -> core::awaitable<void> {
        std::ignore = co_await modules.shop_door->request_of("office", retry_dead_letters{.ids = {"office-1"}}, {});
    };
    tasks.spawn("h", hold(modules, both_wait));
    co_await modules.world.clock.sleep_for(0ms);
    tasks.spawn("a", replay(modules));
    for (int i = 0; i < 5; ++i) co_await core::asio::post(modules.world.runtime.loop, core::use_awaitable);
    tasks.spawn("b", retry(modules));
    for (int i = 0; i < 5; ++i) co_await core::asio::post(modules.world.runtime.loop, core::use_awaitable);
    both_wait.count_down();
    co_await tasks.join();
    co_await modules.quiet();
    EXPECT_EQ(modules.bus->status().at(0).dead, 0);
    EXPECT_EQ(modules.bus->status().at(0).parked, 0);
    co_await modules.close();
}

// The permission to run alone is free while there is no room to use it.
CO_TEST(failing_handlers, under_suspicion_are_tried_again_also_with_a_full_window) {
    two_modules modules;
    co_await modules.close();
    modules.options.window = 1;
    modules.options.handler_limit = 1000h;
    modules.open();
    bool after_death = false, release1 = false, release2 = false;
    std::map<std::string, int> begun, ended;
    auto add = [&] {
        for (std::string name : {"a", "b"})
            modules.office_door->on(name).event<order_placed>(
                [&, name](const order_placed& o, delivery& d) -> core::awaitable<void> {
                    const auto id = name + std::to_string(o.number);
                    ++begun[id];
                    if (!after_death) co_await modules.world.clock.sleep_for(1000h);
                    if (o.number == 1) co_await harness::eventually([&] { return release1; });
                    if (o.number == 2) co_await harness::eventually([&] { return release2; });
                    co_await d.commit([](storage::transaction&) {});
                    ++ended[id];
                });
        modules.bus->start();
    };
    add();
    co_await modules.publish(order_placed{"ada", 1});
    co_await modules.publish(order_placed{"bob", 2});
    co_await harness::eventually([&] { return begun["a1"] == 1 && begun["b1"] == 1; });
    co_await modules.die();
    begun.clear();
    after_death = true;
    add();
    co_await harness::eventually(
        [&] { return (begun["a1"] == 1 && begun["b2"] == 1) || (begun["b1"] == 1 && begun["a2"] == 1); });
    release1 = true;
    co_await harness::eventually([&] { return ended["a1"] + ended["b1"] == 1; });
    for (int i = 0; i < 20; ++i) co_await harness::settle();
    release2 = true;
    while (!modules.bus->is_quiet()) {
        modules.world.clock.advance(1s);
        co_await harness::settle();
    }
    EXPECT_EQ(ended["a2"] + ended["b2"], 2);
    EXPECT_EQ(ended["a1"] + ended["b1"], 2);
    co_await modules.close();
}

CO_TEST(dead_letters, do_not_wait_for_the_pause_of_a_later_event_of_their_key) {
    two_modules modules;
    co_await modules.close();
    modules.options.retry = core::retry_schedule{{1h}};
    modules.open();
    bool broken = true;
    modules.office_door->on("handler").event<order_placed>(
        [&](const order_placed& o, delivery& d) -> core::awaitable<void> {
            if (broken && o.number == 1) throw rejected{"x"};
            if (broken) throw std::runtime_error{"y"};
            co_await modules.note_order(o, d);
        });
    modules.bus->start();
    co_await modules.publish(order_placed{"ada", 1}, order_placed{"ada", 2});
    co_await harness::eventually([&] { return modules.count("parked WHERE state = 'retrying'") == 1; });
    co_await harness::settle();
    broken = false;
    std::ignore = co_await modules.shop_door->request_of("office", retry_dead_letters{.ids = {"office-1"}}, {});
    co_await harness::eventually([&] { return !modules.effects("ada").empty(); });

    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{1}));
    co_await modules.close();
}

CO_TEST(retention, does_not_wait_for_handlers_that_are_retired) {
    two_modules modules;
    co_await modules.close();
    modules.options.retention = 1h;
    modules.open();
    auto add = [&](const std::string& name) {
        modules.office_door->on(name).event<order_placed>(
            [&](const order_placed& o, delivery& d) -> core::awaitable<void> { co_await modules.note_order(o, d); });
    };
    add("old");
    modules.bus->start();
    co_await modules.publish(order_placed{"ada", 1});
    co_await modules.quiet();
    co_await modules.close();
    modules.open();
    modules.office_door->retire("old");
    add("new");
    modules.bus->start();
    co_await modules.publish(order_placed{"ada", 2});
    co_await modules.publish(order_placed{"ada", 3});
    co_await modules.quiet();
    while (modules.shop->events_after(0, 1).at(0).sequence != 3) {
        modules.world.clock.advance(1h);
        co_await harness::settle();
    }
    EXPECT_EQ(modules.shop->events_after(0, 1).at(0).sequence, 3);
    co_await modules.close();
}

// CONFORMANCE A2.
CO_TEST(events, that_are_too_large_are_refused_where_they_are_published) {
    two_modules modules;
    std::string refusal;
    try {
        co_await modules.publish(order_placed{std::string(largest_event, 'a'), 1});
    } catch (const std::length_error& reason) {
        refusal = reason.what();
    }

    EXPECT_NE(refusal.find("shop.order_placed is larger"), std::string::npos);
    EXPECT_EQ(modules.shop->head(), 0);
    co_await modules.close();
}

}  // namespace bus::test
