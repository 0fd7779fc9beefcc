#pragma once

#include <bus/endpoint.hpp>
#include <chrono>
#include <core/backoff.hpp>
#include <core/runtime.hpp>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <storage/database.hpp>
#include <string>
#include <string_view>
#include <vector>

// What a bus brings along to be put through the contract suite. See ../../README.md.
namespace conformance {

// What not every bus can do, or not in every surrounding. A test names those that it needs.
enum class capability {
    calm,         // handlers fail only when the test wants it
    objects,      // handlers of the same process get the object that was published
    one_process,  // who publishes knows every handler there is, and every loss of a signal is counted
    ring,         // a commit wakes the followers through a channel that may lose what it carries
    connection,   // there is a connection, which can be lost
    redelivery,   // the transport may hand over again, and in another order, what it has handed over before
    replica,      // consumers keep copies of the producers' logs
    headers,      // what surrounds a body can be missing or wrong
};
[[nodiscard]] std::string_view name_of(capability capability);

// What a test may want different from the usual.
struct options {
    core::retry_schedule retry{
        {std::chrono::milliseconds{100}, std::chrono::seconds{1}, std::chrono::seconds{5}, std::chrono::seconds{30}}};
    std::chrono::milliseconds handler_limit = std::chrono::minutes{1};
    std::size_t ring = 1024;   // events that a follower keeps as objects
    std::size_t window = 256;  // events that a follower reads ahead
    std::chrono::milliseconds request_limit = std::chrono::seconds{30};
    std::chrono::milliseconds retention = std::chrono::days{7};
    std::optional<std::chrono::milliseconds> max_age = std::chrono::days{1};
    std::int64_t replica_room = 100'000;  // with capability::replica
};

// The modules of one test on their bus, from the start of their processes to the end.
class running_system {
public:
    virtual ~running_system() = default;

    [[nodiscard]] virtual bus::endpoint& door(const std::string& module) = 0;
    // After the handlers were added. Throws core::fatal_error as message_bus::start() does.
    virtual void start() = 0;
    // Lets handlers that run end, until `deadline`; returns the ids of the events whose handlers did not. May be called
    // again, also while it runs.
    virtual core::awaitable<std::vector<std::string>> stop(core::monotonic_time deadline) = 0;

    // Nothing goes out or comes in any more, as when a process dies.
    virtual void cut_off() {}

    // Nothing is under way between and in the modules, and nothing waits for another attempt.
    [[nodiscard]] virtual bool is_quiet() const = 0;
    // With capability::redelivery: what the producer has published so far is handed over again, the newest first.
    virtual core::awaitable<void> redeliver() { co_return; }
    // With capability::connection: all connections break.
    virtual void break_connections() {}
    // With capability::headers: a foreign program sends something to the queue of the first consumer.
    struct foreign_message {
        std::string routing_key;
        std::string body;
        std::string content_type{};
        std::string message_id{};
        std::string reply_to{};
    };
    virtual core::awaitable<void> send_from_outside(foreign_message) { co_return; }
    // Why the edge should refuse changes; empty when it need not.
    [[nodiscard]] virtual std::string overload() const = 0;
    // From now on commits wake nobody. Only with capability::ring.
    virtual void lose_ring() {}
};

using module_databases = std::map<std::string, storage::database*>;

class adapter {
public:
    virtual ~adapter() = default;

    [[nodiscard]] virtual std::string name() const = 0;
    [[nodiscard]] virtual std::set<capability> capabilities() const = 0;
    // All that it reaches of core::test_point().
    [[nodiscard]] virtual std::vector<std::string_view> test_points() const = 0;
    // Around all of a test whose files are in `folder`, restarts included: for what lives outside of the process.
    virtual void begin_test(const std::filesystem::path&) const {}
    virtual void end_test(const std::filesystem::path&) const {}
    // `modules` with their open files, which outlive the system.
    [[nodiscard]] virtual std::unique_ptr<running_system> open(const core::runtime& runtime, const options& options,
                                                               const module_databases& modules) const = 0;
};

// A bus as the tests meet it: as it is, or with chaos at the doors of its modules.
struct fixture {
    std::shared_ptr<const adapter> bus;
    bool is_chaotic = false;

    [[nodiscard]] std::string name() const { return bus->name() + (is_chaotic ? "_chaos" : ""); }
    [[nodiscard]] bool can(capability capability) const;
    // For GoogleTest's messages, under the name that it wants.
    // NOLINTNEXTLINE(readability-identifier-naming)
    friend void PrintTo(const fixture& fixture, std::ostream* out) { *out << fixture.name(); }
};

// Every program of tests says which it has.
[[nodiscard]] std::vector<fixture> fixtures();

}  // namespace conformance
