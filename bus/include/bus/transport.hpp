#pragma once

#include <bus/call.hpp>
#include <core/async.hpp>
#include <core/clock.hpp>
#include <core/error.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <storage/database.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace bus {

// An event that came from another process.
struct received_event {
    std::string log;                                      // of which module; storage::outside: its sender keeps none
    std::int64_t first_of_epoch = 0;                      // sequence at which its epoch begins
    std::shared_ptr<const storage::event_record> record;  // never null; of `outside`: without sequence and epoch
};

// A signal on its way between processes.
struct carried_signal {
    std::string name;  // empty: from a program that does not say; the routing key tells
    std::string routing_key;
    std::string data;  // JSON
};

// A module of this process, as a transport has to know it.
struct hosted_part {
    std::string module;
    storage::database* database = nullptr;   // with its event log; none for the edge
    std::vector<std::string> requests{};     // that it answers
    std::vector<std::string> signal_keys{};  // patterns of the routing keys that it listens to
    std::vector<std::string> asks{};         // requests that others answer
};

// How far a module's log has left this process.
struct sent_view {
    std::string module;
    std::int64_t position = 0;  // everything up to here is with the broker
    std::int64_t in_flight = 0;
};

// How a transport is noted in the list of those that a log waits for: everything up to its place has been sent.
inline constexpr std::string_view sender_name = "(broker)";

// What the bus of this process does for its transport. Loop thread.
class transport_host {
public:
    virtual ~transport_host() = default;

    // Events for a module. When it returns all of them are in the module's file, or need not be; then they may be
    // acknowledged. Throws storage::error when they could not be written: they have to be given again. One call at a
    // time for each module.
    virtual core::awaitable<void> take_events(std::string module, std::vector<received_event> events) = 0;
    // Answers with JSON.
    virtual core::awaitable<core::result<std::string>> take_request(std::string name, std::string data, call call) = 0;
    virtual void take_signal(const carried_signal& signal) = 0;
};

// Carries messages between the processes of a system. It copies logs and passes requests and signals on; it delivers
// nothing to handlers: order, attempts, parking and duplicates are the bus's own affair, the same with every transport.
//
// Loop thread but for send_signal(). start() once, stop_receiving(), stop(), then the destructor.
class transport {
public:
    virtual ~transport() = default;

    // Begins to connect; that the other side is away is no error. `host` and the databases outlive the transport.
    virtual void start(transport_host& host, std::vector<hosted_part> parts) = 0;
    // Nothing is taken in any more; what was taken is finished and acknowledged until `deadline`, or comes again.
    virtual core::awaitable<void> stop_receiving(core::monotonic_time deadline) = 0;
    // Sends what waits until `deadline`; what is not confirmed then stays in the logs and is sent at the next start.
    virtual core::awaitable<void> stop(core::monotonic_time deadline) = 0;

    // From now on nothing leaves and nothing comes, as if the process had died. stop() is still due.
    virtual void cut_off() = 0;

    // A module of this process has committed events.
    virtual void committed(const std::string& module) = 0;
    // Errors: no_handler when the module runs nowhere, overloaded when the other side takes nothing, timed_out also
    // when the connection or the module was lost meanwhile and the request may not be repeated.
    virtual core::awaitable<core::result<std::string>> request(std::string name, std::string data, bool is_idempotent,
                                                               call call) = 0;
    // Any thread. Dropped while there is no connection.
    virtual void send_signal(carried_signal signal) = 0;

    [[nodiscard]] virtual std::vector<sent_view> sent() const = 0;
    // Another process has this module's place and gets what comes for it: this one must not fetch what is missing.
    [[nodiscard]] virtual bool is_standby(const std::string& module) const = 0;
    // Until the first attempt to connect has come to an end, whatever end.
    [[nodiscard]] virtual bool is_starting() const = 0;
    // What lies outside of this process and is in trouble, in words.
    [[nodiscard]] virtual std::vector<std::string> lacking() const = 0;
    // Nothing is under way, as far as this process knows.
    [[nodiscard]] virtual bool is_quiet() const = 0;
};

}  // namespace bus
