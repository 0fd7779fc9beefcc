#pragma once

#include <bus/amqp/broker_address.hpp>
#include <chrono>
#include <core/backoff.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bus::amqp {

// A module of the system, in whatever process it runs.
struct known_module {
    std::string name;
    std::vector<std::string> follows{};  // modules whose events it handles
};

struct settings {
    broker_address broker;
    // All of the system: each process declares the queues of all of them, so that nothing is lost because a module was
    // never started.
    std::vector<known_module> modules{};
    std::string prefix = "busbar";      // of every exchange and queue
    std::size_t window = 1000;          // events of one log that are on their way and not confirmed
    std::uint16_t prefetch = 2000;      // events for one module that are not in its file yet
    std::uint16_t request_limit = 256;  // requests of other processes that one module works on
    std::chrono::seconds heartbeat{3};  // a connection without a sign for two of them is lost
    std::chrono::milliseconds connect_limit = std::chrono::seconds{5};
    core::retry_schedule reconnect = core::doubling(std::chrono::milliseconds{200}, std::chrono::seconds{5});
};

}  // namespace bus::amqp
