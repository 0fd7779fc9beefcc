#pragma once

#include <web/router.hpp>

#include "caller.hpp"
#include "operated_modules.hpp"

namespace web {

// Requests from their beginning to the last mail: span by span, and what they have caused.
class trace_routes {
public:
    trace_routes(const caller& modules, const operated_modules& operated) : modules_{modules}, operated_{operated} {}
    void add_to(router& admin);

private:
    core::awaitable<response> list(request& request);
    core::awaitable<response> get(request& request);
    core::awaitable<response> get_events(request& request);

    const caller& modules_;
    const operated_modules& operated_;
};

}  // namespace web
