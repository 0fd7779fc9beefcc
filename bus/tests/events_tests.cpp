#include <algorithm>
#include <filesystem>
#include <numeric>
#include <stdexcept>
#include <storage/delivery_notes.hpp>
#include <tuple>

#include "fixture.hpp"

using namespace std::chrono_literals;

namespace bus::test {
namespace {

core::awaitable<void> publish_orders(two_modules& modules, const std::string& customer, int count) {
    for (int number = 1; number <= count; ++number) co_await modules.publish(order_placed{customer, number});
}

core::awaitable<void> fail_always(const order_placed&, delivery&) {
    throw std::runtime_error{"boom"};
    co_return;
}

struct failing_times {
    two_modules& modules;
    int left;
    core::awaitable<void> handle(const order_placed& order, delivery& delivery) {
        if (order.number == 1 && left-- > 0) throw std::runtime_error{"not yet"};
        co_await modules.note_order(order, delivery);
    }
};

void note_orders(two_modules& modules) {
    modules.office_door->on("note_orders").event<order_placed>(std::bind_front(&two_modules::note_order, &modules));
    modules.bus->start();
}

}  // namespace

CO_TEST(events, reach_their_handler_once_and_in_order_by_key) {
    for (const bool wire_mode : {true, false}) {
        two_modules modules{wire_mode};
        note_orders(modules);

        co_await publish_orders(modules, "ada", 50);
        co_await modules.quiet();

        std::vector<std::int64_t> expected(50);
        std::iota(expected.begin(), expected.end(), 1);
        EXPECT_EQ(modules.effects("ada"), expected);
        for (const auto& [number, runs] : modules.runs) EXPECT_EQ(runs, 1) << number;
        co_await modules.close();
    }
}

// CONFORMANCE F4: the ring is only a shortcut; with room for one event everything arrives all the same.
CO_TEST(events, arrive_also_when_the_ring_overflows) {
    two_modules modules{false};
    co_await modules.close();
    modules.ring = 1;
    modules.open();
    note_orders(modules);

    co_await modules.shop->write({}, [](storage::transaction& transaction) {
        for (int i = 1; i <= 1000; ++i) bus::publish(transaction, order_placed{"customer " + std::to_string(i % 7), i});
    });
    co_await modules.quiet();

    EXPECT_EQ(modules.count("effects"), 1000);
    co_await modules.close();
}

// CONFORMANCE A8, A9.
CO_TEST(events, of_the_past_reach_a_new_handler_that_wants_them) {
    two_modules modules;
    co_await publish_orders(modules, "ada", 3);
    modules.office_door->on("from_now", 8, start_from::now)
        .event<order_placed>(std::bind_front(&two_modules::note_order, &modules));
    modules.bus->start();
    co_await modules.quiet();
    EXPECT_EQ(modules.count("effects"), 0);
    co_await modules.close();

    modules.open();
    note_orders(modules);
    co_await modules.quiet();

    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{1, 2, 3}));
    co_await modules.close();
}

CO_TEST(events, that_were_done_are_not_done_again_after_a_restart) {
    two_modules modules;
    note_orders(modules);
    co_await publish_orders(modules, "ada", 3);
    co_await modules.quiet();
    co_await modules.close();

    modules.open();
    note_orders(modules);
    co_await modules.publish(order_placed{"ada", 4});
    co_await modules.quiet();

    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{1, 2, 3, 4}));
    EXPECT_EQ(modules.runs[1], 1);
    co_await modules.close();
}

// Unclean ends, with events done ahead on both sides of the border: what is done stays done, what is not is done once.
CO_TEST(events, that_were_done_around_an_unclean_end_are_not_done_again) {
    two_modules modules;
    co_await modules.publish(order_placed{"ada", 1}, order_placed{"bob", 2});
    co_await modules.close();
    modules.mark_unclean("shop");
    modules.open();
    co_await modules.publish(order_placed{"cy", 3}, order_placed{"dan", 4});
    EXPECT_EQ(modules.shop->epochs().size(), 2U);
    co_await modules.office->write({}, [](storage::transaction& transaction) {
        const storage::delivery_notes notes{"note_orders", "shop"};
        notes.move(transaction, 1, 0);
        EXPECT_TRUE(notes.mark_done(transaction, 1, 2, 1));
        EXPECT_TRUE(notes.mark_done(transaction, 2, 4, 3));
    });

    for (int restart = 0; restart < 3; ++restart) {
        note_orders(modules);
        co_await modules.quiet();
        EXPECT_EQ(modules.runs, (std::map<std::int64_t, int>{{1, 1}, {3, 1}})) << restart;
        EXPECT_EQ(modules.count("done_ahead"), 0);
        co_await modules.close();
        modules.mark_unclean("shop");
        modules.open();
    }
    co_await modules.close();
}

// CONFORMANCE D9, the plain case: the publisher's file is put back from a copy that ends earlier. New events are
// handled.
CO_TEST(events, after_the_publishers_file_went_back_are_handled) {
    two_modules modules;
    note_orders(modules);
    co_await modules.publish(order_placed{"ada", 1});
    co_await modules.quiet();
    co_await modules.close();
    const auto file = modules.world.folder.path() / "shop.db";
    std::filesystem::copy_file(file, file.string() + ".copy");
    modules.open();
    note_orders(modules);
    co_await modules.publish(order_placed{"ada", 2}, order_placed{"ada", 3});
    co_await modules.quiet();
    co_await modules.close();
    std::filesystem::rename(file.string() + ".copy", file);

    modules.open();
    note_orders(modules);
    co_await modules.publish(order_placed{"ada", 4});
    co_await modules.quiet();

    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{1, 2, 3, 4}));
    EXPECT_TRUE(std::ranges::any_of(modules.world.log.entries(), [](const core::log_entry& entry) {
        return entry.name == "a log has gone back; its handler goes on from there";
    }));
    co_await modules.close();
}

// CONFORMANCE D6: trouble of the storage pauses, costs no attempt, and is over when the disk has room again.
CO_TEST(events, wait_for_a_disk_that_is_full) {
    two_modules modules;
    co_await modules.office->write({}, [](storage::transaction& transaction) {
        transaction.execute(
            "CREATE TRIGGER big AFTER INSERT ON effects BEGIN UPDATE effects SET customer = hex(randomblob(30000)) || "
            "new.customer WHERE id = new.id; END");
    });
    const auto limit = [&](const char* pragma) {
        return modules.office->write({}, [pragma](storage::transaction& transaction) {
            std::ignore = transaction.query_one<std::int64_t>(pragma);
        });
    };
    co_await limit("PRAGMA max_page_count = 1");
    note_orders(modules);
    co_await modules.publish(order_placed{"ada", 1});
    co_await harness::eventually([&] { return modules.runs[1] >= 1 && modules.bus->status().at(0).in_flight == 0; });
    EXPECT_EQ(modules.count("effects"), 0);

    co_await limit("PRAGMA max_page_count = 100000");
    while (!modules.bus->is_quiet()) {
        modules.world.clock.advance(1s);
        co_await harness::settle();
    }

    EXPECT_EQ(modules.count("effects"), 1);
    EXPECT_EQ(modules.count("parked"), 0);
    co_await modules.close();
}

// Nothing waits for anything but its own kind: others' events are read over, and in a long stretch that is noted.
CO_TEST(events, of_other_kinds_are_passed_over) {
    two_modules modules;
    note_orders(modules);
    co_await modules.shop->write({}, [](storage::transaction& transaction) {
        for (int i = 0; i < 2000; ++i) bus::publish(transaction, noise_made{std::to_string(i)});
    });
    co_await modules.publish(order_placed{"ada", 1}, noise_made{"after"}, order_placed{"ada", 2});
    co_await modules.quiet();

    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(modules.count("done_ahead"), 0);
    EXPECT_EQ(modules.office->read([](storage::reader& reader) {
        return reader.query_one<std::int64_t>("SELECT sequence FROM positions");
    }),
              2003);
    co_await modules.close();
}

// CONFORMANCE B4: two types under one handler keep their order.
CO_TEST(events, of_two_types_keep_their_order_within_a_handler) {
    two_modules modules;
    std::vector<std::string> seen;
    modules.office_door->on("both")
        .event<order_placed>([&seen](const order_placed& order, delivery&) -> core::awaitable<void> {
            co_await harness::settle();
            seen.push_back("placed " + std::to_string(order.number));
        })
        .event<order_cancelled>([&seen](const order_cancelled& order, delivery&) -> core::awaitable<void> {
            seen.push_back("cancelled " + std::to_string(order.number));
            co_return;
        });
    modules.bus->start();

    co_await modules.publish(order_placed{"ada", 1}, order_cancelled{"ada", 1}, order_placed{"ada", 2},
                             order_cancelled{"ada", 2});
    co_await modules.quiet();

    EXPECT_EQ(seen, (std::vector<std::string>{"placed 1", "cancelled 1", "placed 2", "cancelled 2"}));
    co_await modules.close();
}

// CONFORMANCE B3, C2: a key that fails waits, others pass; back-off only lengthens.
CO_TEST(events, that_fail_are_retried_while_other_keys_go_on) {
    two_modules modules;
    failing_times flaky{modules, 2};
    modules.office_door->on("flaky").event<order_placed>(std::bind_front(&failing_times::handle, &flaky));
    modules.bus->start();

    co_await modules.publish(order_placed{"ada", 1}, order_placed{"ada", 2}, order_placed{"bob", 3});
    co_await harness::eventually([&] { return modules.effects("bob").size() == 1 && modules.count("parked") == 2; });
    EXPECT_TRUE(modules.effects("ada").empty()) << "2 waits behind 1";

    modules.world.clock.advance(99ms);
    co_await harness::settle();
    EXPECT_EQ(flaky.left, 1);
    modules.world.clock.advance(21ms);
    co_await harness::eventually([&] { return flaky.left == 0 && modules.count("parked WHERE attempts = 2") == 1; });
    modules.world.clock.advance(1200ms);
    co_await modules.quiet();

    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(modules.count("parked"), 0);
    co_await modules.close();
}

// CONFORMANCE C1, C3, B6: the schedule has four pauses, so the fifth failure is the last; a restart in between changes
// nothing.
CO_TEST(events, that_fail_too_often_become_dead_letters_and_free_their_key) {
    two_modules modules;
    failing_times broken{modules, 1000};
    const auto start = [&] {
        modules.office_door->on("broken").event<order_placed>(std::bind_front(&failing_times::handle, &broken));
        modules.bus->start();
    };
    start();
    co_await modules.publish(order_placed{"ada", 1}, order_placed{"ada", 2});
    co_await harness::eventually([&] { return modules.count("parked WHERE attempts = 1") == 1; });
    co_await modules.close();
    modules.open();
    start();

    for (int attempts = 2; attempts <= 5; ++attempts) {
        modules.world.clock.advance(40s);
        co_await harness::eventually(
            [&] { return modules.count("parked WHERE attempts = " + std::to_string(attempts)) == 1; });
    }
    co_await modules.quiet();

    EXPECT_EQ(1000 - broken.left, 5) << "runs of the one that fails";
    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{2}));
    EXPECT_EQ(modules.count("parked WHERE state = 'dead'"), 1);
    const auto errors = modules.office->read(
        [](storage::reader& reader) { return reader.query_one<std::string>("SELECT errors FROM parked"); });
    EXPECT_EQ(nlohmann::json::parse(errors).size(), 5U);
    EXPECT_EQ(modules.bus->status().at(0).dead, 1);
    co_await modules.close();
}

// CONFORMANCE A6: the handlers of a module do not share a fate.
CO_TEST(events, fail_for_one_handler_alone) {
    two_modules modules;
    modules.office_door->on("fails").event<order_placed>(&fail_always);
    note_orders(modules);

    co_await modules.publish(order_placed{"ada", 1});
    co_await harness::eventually([&] { return modules.count("parked") == 1 && !modules.effects("ada").empty(); });
    modules.world.clock.advance(1h);
    co_await harness::settle();

    EXPECT_EQ(modules.runs[1], 1);
    EXPECT_EQ(modules.effects("ada").size(), 1U);
    co_await modules.close();
}

// CONFORMANCE I1: what cannot be read is dead at once, with its bytes, and later events flow.
CO_TEST(events, that_cannot_be_read_are_dead_at_once) {
    two_modules modules;
    note_orders(modules);
    co_await modules.shop->write({}, [](storage::transaction& transaction) {
        storage::event_record record;
        record.type = "shop.order_placed";
        record.key = "ada";
        record.data = R"({"customer": 7})";
        transaction.append(std::move(record), {});
    });
    co_await modules.publish(order_placed{"ada", 2});
    co_await modules.quiet();

    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{2}));
    const auto [attempts, data] = modules.office->read([](storage::reader& reader) {
        return reader.query_one<std::int64_t, std::string>("SELECT attempts, data FROM parked WHERE state = 'dead'");
    });
    EXPECT_EQ(attempts, 1);
    EXPECT_EQ(data, R"({"customer": 7})");
    co_await modules.close();
}

// Trouble of the world outside costs no attempt.
CO_TEST(events, wait_without_losing_an_attempt_when_the_handler_says_not_now) {
    two_modules modules;
    int refusals = 10;
    std::int64_t attempt = 0;
    modules.office_door->on("picky").event<order_placed>(
        [&](const order_placed&, delivery& delivery) -> core::awaitable<void> {
            attempt = delivery.attempt();
            if (refusals-- > 0) throw not_now{"the server is away"};
            co_return;
        });
    modules.bus->start();
    co_await modules.publish(order_placed{"ada", 1});
    co_await harness::eventually([&] { return refusals < 10; });
    co_await harness::settle();
    EXPECT_EQ(refusals, 9) << "one try, then a pause";

    while (refusals >= 0) {
        co_await harness::settle();
        modules.world.clock.advance(1s);
    }
    co_await modules.quiet();

    EXPECT_EQ(attempt, 1);
    EXPECT_EQ(modules.count("parked"), 0);
    co_await modules.close();
}

// CONFORMANCE D1 and C10.
CO_TEST(events, exist_only_with_the_change_they_tell_of) {
    two_modules modules;
    note_orders(modules);
    int thrown = 0;
    try {
        co_await modules.shop->write({}, [](storage::transaction& transaction) {
            bus::publish(transaction, order_placed{"ada", 1});
            throw 42;
        });
    } catch (int value) {
        thrown = value;
    }
    EXPECT_EQ(thrown, 42);
    co_await modules.publish(order_placed{"ada", 2});
    co_await modules.quiet();

    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{2}));
    EXPECT_EQ(modules.shop->head(), 1);
    co_await modules.close();
}

// A failure behind the commit cannot undo the effect, so the event counts as done.
CO_TEST(events, are_done_once_their_commit_is_done) {
    two_modules modules;
    modules.office_door->on("late").event<order_placed>(
        [&](const order_placed& order, delivery& delivery) -> core::awaitable<void> {
            co_await modules.note_order(order, delivery);
            throw std::runtime_error{"too late"};
        });
    modules.bus->start();

    co_await modules.publish(order_placed{"ada", 1});
    co_await modules.quiet();
    modules.world.clock.advance(1h);
    co_await modules.quiet();

    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{1}));
    EXPECT_EQ(modules.count("parked"), 0);
    EXPECT_EQ(modules.bus->status().at(0).handled, 1);
    co_await modules.close();
}

// CONFORMANCE F1: a handler that publishes into its own log does not deadlock.
CO_TEST(events, of_a_module_can_be_handled_by_itself) {
    two_modules modules;
    modules.shop_door->on("echo").event<order_placed>(
        [](const order_placed& order, delivery& delivery) -> core::awaitable<void> {
            co_await delivery.commit([&order](storage::transaction& transaction) {
                if (order.number < 500) bus::publish(transaction, order_placed{order.customer, order.number + 1});
            });
        });
    note_orders(modules);

    co_await modules.publish(order_placed{"ada", 1});
    co_await modules.quiet();

    EXPECT_EQ(modules.effects("ada").size(), 500U);
    co_await modules.close();
}

// CONFORMANCE K4: one trace from the publisher over the handler to what the handler causes.
CO_TEST(events, carry_their_trace_and_cause_on) {
    two_modules modules;
    core::origin seen;
    modules.office_door->on("look").event<order_placed>(
        [&seen](const order_placed&, delivery& delivery) -> core::awaitable<void> {
            seen = delivery.from();
            co_return;
        });
    modules.bus->start();
    const core::origin origin{core::trace_context::start(), ""};
    co_await modules.shop->write(
        origin, [](storage::transaction& transaction) { bus::publish(transaction, order_placed{"ada", 1}); });
    co_await modules.quiet();

    EXPECT_EQ(seen.trace.trace_id, origin.trace.trace_id);
    EXPECT_EQ(seen.cause, modules.shop->events_after(0, 1).at(0).id);
    co_await modules.close();
}

}  // namespace bus::test
