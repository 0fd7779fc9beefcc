#pragma once

#include <bus/traces.hpp>
#include <core/runtime.hpp>

#include "module_deliveries.hpp"

namespace bus {

// Answers the requests of traces.hpp for one module. Loop thread.
class trace_operations {
public:
    trace_operations(const core::runtime& runtime, module_deliveries& deliveries)
        : runtime_{runtime}, deliveries_{deliveries} {}

    void add_to(endpoint& door);

private:
    core::awaitable<core::result<traced_events>> find(find_traced_events request, call call);
    core::awaitable<core::result<deliveries_view>> look(find_deliveries request, call call);

    const core::runtime& runtime_;
    module_deliveries& deliveries_;
};

}  // namespace bus
