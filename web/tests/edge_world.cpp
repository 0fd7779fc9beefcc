#include "edge_world.hpp"

#include <sodium.h>

#include <product/messages.hpp>

namespace web::testing {
namespace {

core::awaitable<core::result<product::product_view>> get_product(product::get_product wanted, bus::call) {
    if (wanted.id != "p1") co_return core::fail(core::error_kind::not_found, "There is no such product.");
    co_return product::product_view{.id = "p1", .name = "Lamp", .description = "", .price = "9.90", .version = 3};
}

core::awaitable<core::result<product::written_product>> create_product(product::create_product wanted, bus::call) {
    co_return product::written_product{
        .id = "p2", .name = wanted.name, .description = wanted.description, .price = "1.00"};
}

edge_settings with_ports(edge_settings settings) {
    if (sodium_init() < 0) ADD_FAILURE() << "no random numbers";
    settings.http = listen_address{"127.0.0.1", 0};
    settings.admin = {"127.0.0.1", 0};
    settings.process = "here:1";
    settings.modules = {"registration", "product"};
    settings.offered = settings.modules;
    settings.operated = {"registration", "email", "logging"};
    return settings;
}
}  // namespace

edge_under_test::edge_under_test(edge_settings settings)
    : edge{{.loop = harness::loop(),
            .clock = world.clock,
            .log = world.runtime.log_for("web"),
            .logs = world.runtime.logs,
            .bus = bus,
            .metrics = world.metrics,
            .traces = world.traces,
            .admin_token = [this] { return admin_token; },
            .failing = [this] { return failing; },
            .lacking = [this] { return lacking; },
            .admission = [this] { return closed; }},
           with_ports(std::move(settings))} {
    bus.answer<registration::register_user>(std::bind_front(&scripted_registration::add, &registration));
    bus.answer<registration::confirm>(std::bind_front(&scripted_registration::confirm, &registration));
    bus.answer<product::get_product>(get_product);
    bus.answer<product::create_product>(create_product);
    edge.listen();
    edge.start();
}

}  // namespace web::testing
