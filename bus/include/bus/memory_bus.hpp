#pragma once

#include <bus/endpoint.hpp>
#include <chrono>
#include <core/backoff.hpp>
#include <core/runtime.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <storage/database.hpp>
#include <string>
#include <vector>

namespace bus {

struct settings {
    // Encode and decode also within the process, as a broker would make it: the default in tests.
    bool wire_mode = false;
    // Between the attempts of an event; after the last comes the dead letter.
    core::retry_schedule retry{
        {std::chrono::milliseconds{100}, std::chrono::seconds{1}, std::chrono::seconds{5}, std::chrono::seconds{30}}};
    std::size_t ring =
        1024;  // committed events kept as objects for each handler; what does not fit is read from the log
    std::size_t window = 256;                                            // events of one handler that are read ahead
    std::chrono::milliseconds request_limit = std::chrono::seconds{30};  // for requests that bring no deadline
};

// How far one handler is.
struct handler_status {
    std::string module;
    std::string handler;
    std::string source;
    std::int64_t position = 0;  // read up to here
    std::int64_t head = 0;
    std::size_t in_flight = 0;
    std::size_t parked = 0;
    std::int64_t dead = 0;
};

// The bus of one process. Events are not queued here: each handler follows the event logs of the modules it listens to,
// and a commit only rings it. So publishers never wait, nothing is lost, and nothing grows but the lag of the one who
// is slow.
//
// Order of use: attach() each module, let the modules add their handlers, start(); stop(), then stop the modules'
// databases. Loop thread. The databases outlive the bus.
class memory_bus {
public:
    memory_bus(const core::runtime& runtime, settings settings);
    memory_bus(const memory_bus&) = delete;
    memory_bus& operator=(const memory_bus&) = delete;
    ~memory_bus();

    // `database`: the module's own; nullptr for one that only asks, such as the edge.
    [[nodiscard]] endpoint& attach(const std::string& module, storage::database* database);

    // Begins to deliver.
    void start();
    // Events that a handler has begun are finished, the others stay in the log; then requests find nobody, and
    // listeners end.
    core::awaitable<void> stop();

    [[nodiscard]] std::vector<handler_status> status() const;
    // Nothing is under way or due: every handler has done all that is in its logs.
    [[nodiscard]] bool is_quiet() const;
    // Background tasks that fail at present.
    [[nodiscard]] std::vector<std::string> failing() const;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace bus
