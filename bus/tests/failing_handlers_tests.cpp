#include <new>
#include <stdexcept>

#include "fixture.hpp"

using namespace std::chrono_literals;

namespace bus::test {
namespace {

// A handler of orders that fails in the way it is told.
using order_handler = std::function<core::awaitable<void>(const order_placed&, delivery&)>;

void start_with(two_modules& modules, order_handler handle, std::size_t concurrency = 32) {
    modules.office_door->on("handler", concurrency).event<order_placed>(std::move(handle));
    modules.bus->start();
}

nlohmann::json error_chain(two_modules& modules) {
    return nlohmann::json::parse(modules.office->read(
        [](storage::reader& reader) { return reader.query_one<std::string>("SELECT errors FROM parked"); }));
}

// Time goes by until nothing is to do any more.
core::awaitable<void> pass_time(two_modules& modules) {
    while (!modules.bus->is_quiet()) {
        modules.world.clock.advance(1s);
        co_await harness::settle();
    }
}

}  // namespace

// CONFORMANCE C10: whatever is thrown is a failed attempt, and the next event runs.
CO_TEST(failing_handlers, may_throw_anything) {
    two_modules modules;
    start_with(modules, [&](const order_placed& order, delivery& delivery) -> core::awaitable<void> {
        if (order.number == 1) throw 42;
        if (order.number == 2) throw std::bad_alloc{};
        if (order.number == 3) throw boost::system::system_error{core::asio::error::operation_aborted};
        co_await modules.note_order(order, delivery);
    });

    co_await modules.publish(order_placed{"a", 1}, order_placed{"b", 2}, order_placed{"c", 3}, order_placed{"d", 4});
    co_await pass_time(modules);

    EXPECT_EQ(modules.effects("d").size(), 1U);
    const auto types = modules.office->read([](storage::reader& reader) {
        return reader.query_all<std::string>(
            "SELECT json_extract(errors, '$[4].type') FROM parked WHERE state = 'dead' ORDER BY sequence");
    });
    EXPECT_EQ(types, (std::vector<std::string>{"unknown", "std::bad_alloc", "boost::system::system_error"}));
    co_await modules.close();
}

// CONFORMANCE C11: the time limit counts as a failure; other keys go on, and what the handler does later has no effect.
CO_TEST(failing_handlers, that_never_end_are_given_up) {
    two_modules modules;
    int late_refusals = 0;
    start_with(modules, [&](const order_placed& order, delivery& delivery) -> core::awaitable<void> {
        if (order.number == 1) {
            try {
                co_await modules.world.clock.sleep_for(24h);
            } catch (const boost::system::system_error&) {
                ++late_refusals;
            }
        }
        co_await modules.note_order(order, delivery);
    });

    co_await modules.publish(order_placed{"ada", 1}, order_placed{"bob", 2});
    co_await harness::eventually([&] { return modules.effects("bob").size() == 1; });
    modules.world.clock.advance(61s);
    co_await harness::eventually([&] { return modules.count("parked") == 1; });
    co_await harness::settle();

    EXPECT_EQ(error_chain(modules).at(0)["type"], "timed_out");
    EXPECT_EQ(late_refusals, 1);
    EXPECT_TRUE(modules.effects("ada").empty());
    co_await modules.close();
}

// A handler that has committed and then hangs has done its work.
CO_TEST(failing_handlers, that_hang_after_their_commit_are_done) {
    two_modules modules;
    start_with(modules, [&](const order_placed& order, delivery& delivery) -> core::awaitable<void> {
        co_await modules.note_order(order, delivery);
        if (order.number == 1) co_await modules.world.clock.sleep_for(24h);
    });

    co_await modules.publish(order_placed{"ada", 1}, order_placed{"ada", 2});
    co_await harness::eventually([&] { return modules.effects("ada").size() == 1; });
    modules.world.clock.advance(61s);
    co_await pass_time(modules);

    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(modules.count("parked"), 0);
    co_await modules.close();
}

// CONFORMANCE G3: the end does not wait for a handler that hangs, and names what it leaves.
CO_TEST(failing_handlers, that_hang_at_the_end_are_named) {
    two_modules modules;
    bool hangs = false;
    start_with(modules, [&](const order_placed& order, delivery& delivery) -> core::awaitable<void> {
        if (order.number == 2) {
            hangs = true;
            co_await modules.world.clock.sleep_for(24h);
        }
        co_await modules.note_order(order, delivery);
    });
    co_await modules.publish(order_placed{"ada", 1}, order_placed{"bob", 2});
    co_await harness::eventually([&] { return hangs && modules.effects("ada").size() == 1; });

    const auto unfinished = co_await modules.bus->stop(modules.world.clock.monotonic());

    CO_ASSERT_TRUE(unfinished.size() == 1);
    EXPECT_EQ(unfinished[0].event_id, modules.shop->events_after(1, 1).at(0).id);
    EXPECT_EQ(unfinished[0].handler, "handler");
    EXPECT_EQ(modules.count("parked"), 0) << "to be stopped is no failure";
    co_await modules.close();
}

// CONFORMANCE C9 and "A crash that a handler causes is counted before it starts": five processes die of one event, each
// time with innocent ones beside it, which survive.
CO_TEST(failing_handlers, that_kill_the_process_run_out_of_attempts) {
    two_modules modules;
    int deaths = 0;
    for (bool dead = false; !dead;) {
        bool killed = false;
        start_with(modules, [&](const order_placed& order, delivery& delivery) -> core::awaitable<void> {
            if (order.number == 1) {
                killed = true;
                co_await modules.world.clock.sleep_for(1h);  // the process ends here
            }
            // The innocent are slow enough to be there at the first death.
            if (deaths == 0 && order.number <= 4) co_await modules.world.clock.sleep_for(1h);
            co_await modules.note_order(order, delivery);
        });
        if (deaths == 0)
            co_await modules.publish(order_placed{"ada", 1}, order_placed{"ada", 5}, order_placed{"bob", 2},
                                     order_placed{"cy", 3}, order_placed{"dan", 4});
        co_await harness::eventually([&] { return killed || modules.bus->is_quiet(); });
        dead = modules.bus->is_quiet();
        if (!dead) {
            ++deaths;
            co_await modules.die();
        }
    }

    EXPECT_EQ(deaths, 5);
    EXPECT_EQ(modules.count("parked WHERE state = 'dead'"), 1);
    EXPECT_EQ(error_chain(modules).at(4)["type"], "process_ended");
    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{5})) << "its key is free again";
    for (const auto* innocent : {"bob", "cy", "dan"}) EXPECT_EQ(modules.effects(innocent).size(), 1U) << innocent;
    co_await modules.close();
}

// CONFORMANCE C4: no hot loop.
CO_TEST(failing_handlers, are_not_started_more_often_than_the_schedule_says) {
    two_modules modules;
    int starts = 0;
    start_with(modules, [&](const order_placed&, delivery&) -> core::awaitable<void> {
        ++starts;
        throw std::runtime_error{"boom"};
        co_return;
    });

    co_await modules.publish(order_placed{"ada", 1});
    for (int i = 0; i < 300; ++i) {
        modules.world.clock.advance(10ms);
        co_await harness::settle();
    }

    EXPECT_LE(starts, 3) << "after 0, 100 and 1,100 ms";
    co_await modules.close();
}

// More failing keys than memory is meant for: the rest waits in the log.
CO_TEST(failing_handlers, for_many_keys_leave_the_rest_in_the_log) {
    two_modules modules;
    co_await modules.close();
    modules.options.parked_keys = 10;
    modules.open();
    bool broken = true;
    start_with(modules, [&](const order_placed& order, delivery& delivery) -> core::awaitable<void> {
        if (broken) throw std::runtime_error{"boom"};
        co_await modules.note_order(order, delivery);
    });

    co_await modules.shop->write({}, [](storage::transaction& transaction) {
        for (int i = 1; i <= 500; ++i) bus::publish(transaction, order_placed{"customer " + std::to_string(i), i});
    });
    co_await harness::eventually([&] { return modules.count("parked") >= 10; });
    co_await harness::settle();
    const auto parked = modules.count("parked");
    EXPECT_LT(parked, 300) << "no more than what was read ahead";

    broken = false;
    co_await pass_time(modules);
    EXPECT_EQ(modules.count("effects"), 500);
    co_await modules.close();
}

}  // namespace bus::test
