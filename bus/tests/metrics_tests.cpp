#include <core/exit.hpp>

#include "fixture.hpp"

using harness::metric;

namespace bus::test {
namespace {

core::awaitable<std::optional<double>> of_handler(two_modules& modules, const std::string& name) {
    return metric(modules.world, name + R"({handler="note_orders",module="office",source="shop"})");
}

}  // namespace

CO_TEST(bus_metrics, are_what_happened_however_often_they_are_asked) {
    two_modules modules;
    modules.office_door->on("note_orders").event<order_placed>([&](const order_placed& order, delivery& delivery) {
        return modules.note_order(order, delivery);
    });
    modules.bus->start();
    for (int i = 0; i < 3; ++i) co_await modules.publish(order_placed{"ada", i});
    co_await modules.quiet();

    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(co_await metric(modules.world, R"(busbar_bus_events_published_total{module="shop"})"), 3.0);
        EXPECT_EQ(co_await of_handler(modules, "busbar_bus_events_handled_total"), 3.0);
        EXPECT_EQ(co_await of_handler(modules, "busbar_bus_lag_events"), 0.0);
        EXPECT_EQ(co_await of_handler(modules, "busbar_bus_dead_letters"), 0.0);
    }
    co_await modules.close();
}

CO_TEST(bus_metrics, tell_of_failures_and_of_what_became_of_them) {
    two_modules modules;
    modules.office_door->on("note_orders")
        .event<order_placed>([](const order_placed&, delivery&) -> core::awaitable<void> {
            throw rejected{"never"};
            co_return;
        });
    modules.bus->start();
    co_await modules.publish(order_placed{"ada", 1});
    co_await modules.quiet();

    EXPECT_EQ(co_await of_handler(modules, "busbar_bus_handler_failures_total"), 1.0);
    EXPECT_EQ(co_await of_handler(modules, "busbar_bus_events_died_total"), 1.0);
    EXPECT_EQ(co_await of_handler(modules, "busbar_bus_dead_letters"), 1.0);
    EXPECT_EQ(co_await of_handler(modules, "busbar_bus_events_handled_total"), 0.0);
    co_await modules.close();
}

}  // namespace bus::test
