#pragma once

#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <string>
#include <utility>
#include <web/router.hpp>
#include <web/server.hpp>

#include "client.hpp"

namespace web::testing {

// A running server with a router of the test's own routes, on a free port, with a clock that stands still.
class server_under_test {
public:
    explicit server_under_test(limits bounds = {}, router_settings settings = {},
                               const tls_identity* identity = nullptr)
        : routes{world.runtime.log_for("web"), world.clock, with_limits(std::move(settings), bounds, world.traces)},
          server{harness::loop(), world.clock, world.runtime.log_for("web"), routes, bounds, identity} {}

    void start() {
        server.listen({"127.0.0.1", 0});
        server.start();
    }
    core::awaitable<void> stop() { co_await server.stop(world.clock.monotonic()); }
    [[nodiscard]] std::uint16_t port() const { return server.port(); }
    core::awaitable<answer> ask(std::string bytes) { co_return co_await exchange(port(), std::move(bytes)); }

    harness::world world;
    router routes;
    web::server server;

private:
    static router_settings with_limits(router_settings settings, limits bounds, core::tracer& traces) {
        settings.limits = bounds;
        settings.traces = &traces;
        return settings;
    }
};

// Answers with what it got, as "METHOD path|body".
inline core::awaitable<response> echo(request& request) {
    co_return response{.content_type = content_type::text,
                       .body = std::string{request.method} + " " + request.path + "|" + request.body};
}

}  // namespace web::testing
