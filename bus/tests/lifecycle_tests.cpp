#include <algorithm>
#include <core/exit.hpp>
#include <stdexcept>

#include "fixture.hpp"

using namespace std::chrono_literals;

namespace bus::test {
namespace {

void note_orders(two_modules& modules) {
    modules.office_door->on("note_orders").event<order_placed>(std::bind_front(&two_modules::note_order, &modules));
    modules.bus->start();
}

bool has_logged(two_modules& modules, std::string_view name) {
    return std::ranges::any_of(modules.world.log.entries(),
                               [name](const core::log_entry& entry) { return entry.name == name; });
}

struct order_shipped {  // a later form of order_placed
    static constexpr auto message = bus::event("shop.order_placed", 2);
    std::string customer;
    std::int64_t number = 0;
    std::string carrier = "post";
    [[nodiscard]] const std::string& key() const { return customer; }
};
BOOST_DESCRIBE_STRUCT(order_shipped, (), (customer, number, carrier))

struct order_renamed {  // another later form, in which a field has another name
    static constexpr auto message = bus::event("shop.order_placed", 3);
    std::string buyer;
    std::int64_t number = 0;
    [[nodiscard]] const std::string& key() const { return buyer; }
    static nlohmann::json upcast(std::int64_t version, nlohmann::json data) {
        if (version < 3) data["buyer"] = data["customer"];
        return data;
    }
};
BOOST_DESCRIBE_STRUCT(order_renamed, (), (buyer, number))

struct question {
    static constexpr auto message = bus::request<done>("nobody.question", 1);
};
BOOST_DESCRIBE_STRUCT(question, (), ())

}  // namespace

// CONFORMANCE I2, an older event and a newer handler.
CO_TEST(versions, of_the_past_are_read_with_the_defaults_of_new_fields) {
    two_modules modules;
    std::string carrier;
    modules.office_door->on("ship").event<order_shipped>(
        [&](const order_shipped& order, delivery&) -> core::awaitable<void> {
            carrier = order.carrier;
            co_return;
        });
    modules.bus->start();

    co_await modules.publish(order_placed{"ada", 1});
    co_await modules.quiet();

    EXPECT_EQ(carrier, "post");
    co_await modules.close();
}

// CONFORMANCE I2, a newer event and an older handler.
CO_TEST(versions, of_the_future_are_read_without_what_is_unknown) {
    two_modules modules;
    note_orders(modules);

    co_await modules.publish(order_shipped{"ada", 1, "ship"});
    co_await modules.quiet();

    EXPECT_EQ(modules.effects("ada").size(), 1U);
    co_await modules.close();
}

// CONFORMANCE I1: what a version made unreadable is a dead letter, and an upcaster brings it back.
CO_TEST(versions, that_cannot_be_read_can_be_handed_back_to_a_handler_with_an_upcaster) {
    two_modules modules;
    note_orders(modules);
    co_await modules.publish(order_renamed{"ada", 1}, order_placed{"ada", 2});
    co_await modules.quiet();
    EXPECT_EQ(modules.effects("ada"), (std::vector<std::int64_t>{2}));
    EXPECT_EQ(modules.count("parked WHERE state = 'dead'"), 1);
    co_await modules.close();

    modules.open();
    std::string buyer;
    modules.office_door->on("note_orders")
        .event<order_renamed>([&](const order_renamed& order, delivery&) -> core::awaitable<void> {
            buyer = order.buyer;
            co_return;
        });
    modules.bus->start();
    EXPECT_EQ((co_await modules.shop_door->request_of("office", retry_dead_letters{}, {})).value().count, 1);
    co_await modules.publish(order_placed{"bob", 3});
    co_await modules.quiet();

    EXPECT_EQ(buyer, "bob");
    EXPECT_EQ(modules.count("parked"), 0);
    co_await modules.close();
}

// CONFORMANCE I6.
CO_TEST(handlers_that_are_gone, with_undone_events_stop_the_start) {
    two_modules modules;
    modules.office_door->on("gone").event<order_placed>([](const order_placed&, delivery&) -> core::awaitable<void> {
        throw std::runtime_error{"boom"};
        co_return;
    });
    modules.bus->start();
    co_await modules.publish(order_placed{"ada", 1});
    co_await harness::eventually([&] { return modules.count("parked") == 1; });
    co_await modules.close();

    modules.open();
    std::string refusal;
    try {
        modules.bus->start();
    } catch (const core::fatal_error& reason) {
        refusal = reason.what();
        EXPECT_EQ(reason.code(), core::exit_code::damaged_data);
    }

    EXPECT_NE(refusal.find("for the handler gone"), std::string::npos) << refusal;
    EXPECT_EQ(modules.count("parked"), 1) << "nothing is touched";
    co_await modules.close();

    modules.open();
    modules.office_door->retire("gone");
    modules.bus->start();
    co_await harness::eventually([&] { return modules.count("parked") == 0; });
    co_await modules.close();
}

CO_TEST(unreadable_events, that_wait_are_named_at_the_start) {
    two_modules modules;
    co_await modules.shop->write({}, [](storage::transaction& transaction) {
        storage::event_record record;
        record.type = "shop.order_placed";
        record.key = "ada";
        record.data = "{}";
        transaction.append(std::move(record), {});
    });

    note_orders(modules);
    co_await modules.quiet();

    co_await harness::eventually([&] { return has_logged(modules, "a waiting event cannot be read by its handler"); });
    co_await modules.close();
}

CO_TEST(requests_without_answer, are_named_at_the_start) {
    two_modules modules;
    modules.office_door->asks<question>();

    modules.bus->start();

    EXPECT_TRUE(has_logged(modules, "a request has nobody here who answers it"));
    co_await modules.close();
}

// CONFORMANCE N3: a row that no ring told of is found within a second.
CO_TEST(events, are_found_without_the_ring) {
    two_modules modules;
    note_orders(modules);
    co_await modules.publish(order_placed{"ada", 1});
    co_await modules.quiet();
    modules.shop->on_commit([](std::span<const storage::committed_event>) {});

    co_await modules.publish(order_placed{"ada", 2});
    co_await harness::settle();
    EXPECT_EQ(modules.effects("ada").size(), 1U);
    modules.world.clock.advance(1s);
    co_await harness::eventually([&] { return modules.effects("ada").size() == 2; });

    co_await modules.close();
}

CO_TEST(retention, removes_what_everyone_is_done_with_and_nothing_else) {
    two_modules modules;
    co_await modules.close();
    modules.options.retention = 1h;
    modules.options.handler_limit = 1000h;
    modules.open();
    bool is_blocked = true;
    modules.office_door->on("note_orders", 1)
        .event<order_placed>([&](const order_placed& order, delivery& delivery) -> core::awaitable<void> {
            if (order.number == 3) co_await harness::eventually([&] { return !is_blocked; });
            co_await modules.note_order(order, delivery);
        });
    modules.bus->start();
    co_await modules.publish(order_placed{"ada", 1}, order_placed{"ada", 2}, order_placed{"ada", 3},
                             order_placed{"ada", 4});
    co_await harness::eventually([&] { return modules.effects("ada").size() == 2; });
    const auto first = [&] {
        const auto rows = modules.shop->events_after(0, 1);
        return rows.empty() ? 0 : rows.front().sequence;
    };

    while (first() != 3) {
        modules.world.clock.advance(1h);
        co_await harness::settle();
    }
    is_blocked = false;
    co_await harness::eventually([&] { return modules.effects("ada").size() >= 3; });
    while (first() != 4) {
        modules.world.clock.advance(1h);
        co_await harness::settle();
    }
    EXPECT_EQ(first(), 4) << "the last row stays";
    co_await modules.close();
}

// CONFORMANCE F5: the bus says that it is too far behind; whoever publishes from within goes on.
CO_TEST(overload, is_told_when_events_have_waited_too_long) {
    two_modules modules;
    co_await modules.close();
    modules.options.max_age = 1min;
    modules.options.handler_limit = 1000h;
    modules.open();
    bool has_begun = false;
    bool may_go_on = false;
    modules.office_door->on("slow").event<order_placed>([&](const order_placed&, delivery&) -> core::awaitable<void> {
        has_begun = true;
        co_await harness::eventually([&] { return may_go_on; });
    });
    modules.bus->start();
    co_await modules.publish(order_placed{"ada", 1});
    co_await harness::eventually([&] { return has_begun; });
    EXPECT_EQ(modules.bus->overload(), "");

    modules.world.clock.advance(2min);
    co_await harness::eventually([&] { return !modules.bus->overload().empty(); });
    co_await modules.publish(order_placed{"ada", 2});
    may_go_on = true;
    co_await modules.quiet();
    modules.world.clock.advance(1s);

    co_await harness::eventually([&] { return modules.bus->overload().empty(); });
    co_await modules.close();
}

}  // namespace bus::test
