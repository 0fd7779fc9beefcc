#pragma once

#include <bus/endpoint.hpp>
#include <chrono>
#include <core/async.hpp>
#include <core/clock.hpp>
#include <core/error.hpp>
#include <core/ip_network.hpp>
#include <core/log.hpp>
#include <core/metrics.hpp>
#include <core/rate_limiter.hpp>
#include <core/tracer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include <web/limits.hpp>
#include <web/server.hpp>
#include <web/tls.hpp>

namespace web {

struct failing_part {
    std::string part;
    std::string reason;
};

struct edge_settings {
    std::optional<listen_address> http{};  // none: no public listener
    listen_address admin{.host = "127.0.0.1", .port = 8081};
    std::optional<tls_files> tls{};       // of both listeners; none: both plain
    std::string public_url{};             // scheme, host, port; empty: only the listen address is known
    std::string process{};                // its name: host and process id
    std::vector<std::string> modules{};   // that run in this process
    std::vector<std::string> offered{};   // on the start page: those that can be reached from here
    std::vector<std::string> operated{};  // that deliver events, in whatever process: see bus/operations.hpp
    std::vector<core::ip_network>
        trusted_proxies{};  // X-Forwarded-For and -Proto are believed when they come from them
    std::optional<core::rate> registrations_per_address{};  // none: no limit
    std::optional<core::rate> sign_ins_per_address{};       // with all else that costs a hash or a mail
    limits bounds{};                                        // of each listener
    std::chrono::milliseconds request_time{10'000};         // the deadline that modules get
};

// What the edge needs of the rest. All of it outlives the edge.
struct edge_parts {
    core::executor loop;
    core::clock& clock;
    core::logger log;
    core::log_hub& logs;  // of this process
    bus::endpoint& bus;
    core::metrics& metrics;                                // of this process
    core::tracer& traces;                                  //
    std::function<std::string()> admin_token;              // empty: nobody is admin
    std::function<std::vector<failing_part>()> failing{};  // why this process is not ready; asked at each GET /readyz
    std::function<std::vector<failing_part>()> lacking{};  // what lies outside of this process and is in trouble
    // Why changes are refused at present: overloaded or storage_full. Asked at each request that would change
    // something, but for those that mend it (dead letters, replays).
    std::function<std::optional<core::error>()> admission{};
};

// The HTTP side of a process: a public listener for people and programs, an admin listener for operators. It knows no
// module but by the messages of its contract. Loop thread; sodium_init() comes before it.
//
// Lifecycle: construct, listen(), start(), stop(). Without TLS the admin listener is for loopback addresses only:
// anything else makes the constructor throw core::fatal_error (configuration).
class edge {
public:
    edge(edge_parts parts, edge_settings settings);
    edge(const edge&) = delete;
    edge& operator=(const edge&) = delete;
    ~edge();

    // Binds both; who connects waits. Throws core::fatal_error (unavailable) when an address is taken.
    void listen();
    // Begins to serve.
    void start();

    // What is bound, as host:port; empty when it is not.
    [[nodiscard]] const std::string& http_address() const;
    [[nodiscard]] const std::string& admin_address() const;

    // For new connections. What cannot be used is logged, and what was there before stays. Nothing without TLS.
    void reload_certificate();
    // As tls_identity says it; empty without TLS.
    [[nodiscard]] std::string public_key_pin() const;
    // A new link for a browser: whoever opens it first, within half an hour, is admin.
    [[nodiscard]] std::string new_console_link();

    // Takes no more, lets open requests finish until `deadline` of the clock, then cuts them off.
    core::awaitable<void> stop(core::monotonic_time deadline);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace web
