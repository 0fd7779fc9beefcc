#include <core/notifier.hpp>
#include <core/task_group.hpp>
#include <stdexcept>

#include "fixture.hpp"

using namespace std::chrono_literals;

namespace bus::test {
namespace {

// A handler that does nothing until it is let go.
struct held_handler {
    two_modules& modules;
    bool is_held = true;
    bool is_broken = false;
    core::notifier let_go{harness::loop()};

    core::awaitable<void> handle(const order_placed& order, delivery& delivery) {
        while (is_held) co_await let_go.wait();
        if (is_broken) throw rejected{"broken"};
        co_await modules.note_order(order, delivery);
    }
    void start() {
        modules.office_door->on("note_orders").event<order_placed>(std::bind_front(&held_handler::handle, this));
        modules.bus->start();
    }
    void release() {
        is_held = false;
        let_go.notify();
    }
};

core::awaitable<std::int64_t> publish_one(two_modules& modules, std::int64_t number) {
    co_return co_await modules.shop->write({}, [number](storage::transaction& transaction) {
        return bus::publish(transaction, order_placed{"ada", number});
    });
}

struct waiter {
    std::optional<bool> outcome{};

    core::awaitable<void> wait(two_modules& modules, std::int64_t sequence, core::monotonic_time deadline) {
        outcome = co_await modules.office_door->wait_until_past("note_orders", "shop", sequence, deadline);
    }
};

}  // namespace

CO_TEST(wait_until_past, returns_when_the_handler_has_done_the_event) {
    two_modules modules;
    held_handler handler{modules};
    handler.start();
    core::task_group tasks{harness::loop(), modules.world.clock, modules.world.runtime.log_for("test")};
    waiter first;
    waiter second;
    const auto never = core::monotonic_time::max();

    const auto sequence = co_await publish_one(modules, 1);
    tasks.spawn("first", first.wait(modules, sequence, never));
    tasks.spawn("second", second.wait(modules, sequence + 1, never));
    co_await harness::settle();
    EXPECT_FALSE(first.outcome.has_value());
    handler.release();
    co_await modules.quiet();
    co_await harness::eventually([&] { return first.outcome.has_value(); });

    EXPECT_EQ(first.outcome, true);
    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{1}));
    co_await publish_one(modules, 2);
    co_await harness::eventually([&] { return second.outcome.has_value(); });
    EXPECT_EQ(second.outcome, true);
    co_await tasks.join();
    EXPECT_TRUE(co_await modules.office_door->wait_until_past("note_orders", "shop", sequence, core::monotonic_time{}));
    co_await modules.close();
}

CO_TEST(wait_until_past, ends_at_its_deadline) {
    two_modules modules;
    held_handler handler{modules};
    handler.start();
    core::task_group tasks{harness::loop(), modules.world.clock, modules.world.runtime.log_for("test")};
    waiter late;

    const auto sequence = co_await publish_one(modules, 1);
    tasks.spawn("late", late.wait(modules, sequence, modules.world.clock.monotonic() + 1s));
    co_await harness::settle();
    modules.world.clock.advance(1s);
    co_await harness::eventually([&] { return late.outcome.has_value(); });

    co_await tasks.join();
    EXPECT_EQ(late.outcome, false);
    handler.release();
    co_await modules.quiet();
    co_await modules.close();
}

// One event that fails must not keep everybody from reading.
CO_TEST(wait_until_past, passes_what_is_dead_and_what_never_happened) {
    two_modules modules;
    held_handler handler{modules};
    handler.is_held = false;
    handler.is_broken = true;
    handler.start();
    const auto soon = modules.world.clock.monotonic() + 1s;

    const auto sequence = co_await publish_one(modules, 1);

    EXPECT_TRUE(co_await modules.office_door->wait_until_past("note_orders", "shop", sequence, soon));
    EXPECT_TRUE(co_await modules.office_door->wait_until_past("note_orders", "shop", sequence + 1'000, soon));
    EXPECT_FALSE(co_await modules.office_door->wait_until_past("nobody", "shop", sequence, soon));
    co_await modules.close();
}

// Else whoever reads would wait for the whole replay.
CO_TEST(wait_until_past, does_not_wait_for_a_replay) {
    two_modules modules;
    held_handler handler{modules};
    handler.is_held = false;
    handler.start();
    const auto sequence = co_await publish_one(modules, 1);
    co_await modules.quiet();
    handler.is_held = true;

    const auto replay = co_await modules.shop_door->request_of(
        "office", start_replay{.handler = "note_orders", .from_sequence = 1}, {});

    CO_ASSERT_TRUE(replay.has_value());
    EXPECT_TRUE(co_await modules.office_door->wait_until_past("note_orders", "shop", sequence,
                                                              modules.world.clock.monotonic() + 1s));
    handler.release();
    co_await modules.quiet();
    co_await modules.close();
}

}  // namespace bus::test
