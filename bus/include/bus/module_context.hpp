#pragma once

#include <bus/endpoint.hpp>
#include <core/log.hpp>
#include <core/runtime.hpp>
#include <storage/database.hpp>

namespace bus {

// All that a module may touch: its own database, the bus, and what every part shares. Outlives the module.
struct module_context {
    const core::runtime& runtime;
    storage::database& database;
    bus::endpoint& bus;
    core::logger log;
};

}  // namespace bus
