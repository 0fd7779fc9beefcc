#pragma once

#include <bus/endpoint.hpp>
#include <bus/operations.hpp>
#include <bus/transport.hpp>
#include <chrono>
#include <core/backoff.hpp>
#include <core/runtime.hpp>
#include <cstddef>
#include <memory>
#include <optional>
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
    // The longest that a handler may take for one event; then the attempt has failed.
    std::chrono::milliseconds handler_limit = std::chrono::minutes{1};
    // Committed events kept as objects for each handler; what does not fit is read from the log.
    std::size_t ring = 1024;
    std::size_t window = 256;          // events of one handler that are read ahead
    std::size_t parked_keys = 10'000;  // keys with failed events; with more, a handler reads no further
    std::chrono::milliseconds request_limit = std::chrono::seconds{30};  // for requests that bring no deadline
    // Events stay in their log for this long, and until every handler is past them.
    std::chrono::milliseconds retention = std::chrono::days{7};
    // Events of another process that a module's slowest handler may be behind; with more none are taken from the
    // broker.
    std::int64_t replica_room = 100'000;
    // overload() tells of events that have waited longer; none: never.
    std::optional<std::chrono::milliseconds> max_age = std::chrono::days{1};
};

// An event whose handler was running when the bus had to stop. It runs again at the next start.
struct unfinished_event {
    std::string module;
    std::string handler;
    std::string event_id;
    std::string type;
};

// The bus of one process. With a transport, modules of other processes are reached as those of this one. Events are not
// queued here: each handler follows the event logs of the modules it listens to, and a commit only rings it. So
// publishers never wait, nothing is lost, and nothing grows but the lag of the one who is slow.
//
// Order of use: attach() each module, let the modules add their handlers, start(); stop(), then stop the modules'
// databases. Loop thread. The databases outlive the bus. Each module with a database answers the requests of
// operations.hpp.
class message_bus {
public:
    message_bus(const core::runtime& runtime, settings settings, std::unique_ptr<transport> transport = nullptr);
    message_bus(const message_bus&) = delete;
    message_bus& operator=(const message_bus&) = delete;
    ~message_bus();

    // `database`: the module's own; nullptr for one that only asks, such as the edge.
    [[nodiscard]] endpoint& attach(const std::string& module, storage::database* database);

    // Begins to deliver. Throws core::fatal_error (damaged_data) when a file holds undone events of a handler that
    // this program does not have; then nothing was begun.
    void start();
    // Events that a handler has begun are finished, the others stay in the log; then requests find nobody, and
    // listeners end. Handlers that still run at `deadline` are logged by the ids of their events, cancelled, waited for
    // and returned. Another call waits for the first and returns nothing.
    core::awaitable<std::vector<unfinished_event>> stop(core::monotonic_time deadline);

    // Every handler in every log that it follows.
    [[nodiscard]] std::vector<handler_view> status() const;
    // Nothing is under way or due: every handler has done all that is in its logs.
    [[nodiscard]] bool is_quiet() const;
    // Until it is known whether the other processes can be reached.
    [[nodiscard]] bool is_starting() const;
    // What lies outside of this process and is in trouble.
    [[nodiscard]] std::vector<std::string> lacking() const;
    // Everything of a module's log up to here is with the broker; nothing without a transport.
    [[nodiscard]] std::optional<std::int64_t> sent(const std::string& module) const;
    // The name of this process in module_view.
    [[nodiscard]] const std::string& process() const;
    // Background tasks that fail at present.
    [[nodiscard]] std::vector<std::string> failing() const;
    // Why no new work should be taken in; empty when all is well. As of the last second.
    [[nodiscard]] const std::string& overload() const;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

}  // namespace bus
