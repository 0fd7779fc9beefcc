#include "routes.hpp"

namespace web {

// Without a token: Prometheus sends none by itself, and no metric tells of anybody. Who may reach the admin listener
// may know them.
void metrics_route::add_to(router& router) {
    router.add("GET", "/metrics", std::bind_front(&metrics_route::get, this), {.is_untraced = true});
}

core::awaitable<response> metrics_route::get(request&) {
    co_return response{.content_type = content_type::metrics, .body = co_await metrics_.text()};
}

}  // namespace web
