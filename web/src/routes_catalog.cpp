#include <product/messages.hpp>

#include "body.hpp"
#include "routes.hpp"

namespace web {

void catalog_routes::add_to(router& admin) {
    using std::bind_front;
    const route_options for_admin{.who = access::admin};
    const route_options for_audit{.who = access::admin, .is_audited = true};
    admin.add("POST", "/api/v1/catalog/check", bind_front(&catalog_routes::check, this), for_admin);
    admin.add("POST", "/api/v1/catalog/index", bind_front(&catalog_routes::rebuild_index, this), for_audit);
    admin.add("GET", "/api/v1/catalog/index", bind_front(&catalog_routes::index, this), for_admin);
}

core::awaitable<response> catalog_routes::check(request& request) {
    auto message = read_message<product::check_catalog>(request);
    if (!message) co_return std::move(message.error());
    const auto step = co_await modules_.ask(std::move(*message), request);
    co_return step ? json_of(200, *step) : problem(step.error());
}

core::awaitable<response> catalog_routes::rebuild_index(request& request) {
    const auto begun = co_await modules_.ask(product::rebuild_index{}, request);
    co_return begun ? empty(202) : problem(begun.error());
}

core::awaitable<response> catalog_routes::index(request& request) {
    const auto progress = co_await modules_.ask(product::get_index_progress{}, request);
    co_return progress ? json_of(200, *progress) : problem(progress.error());
}

}  // namespace web
