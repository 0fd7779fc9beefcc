#pragma once

#include <core/async.hpp>
#include <core/clock.hpp>
#include <core/log.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <web/limits.hpp>
#include <web/service.hpp>
#include <web/tls.hpp>

namespace web {

// HOST:PORT, [::1]:PORT. Throws core::fatal_error (configuration) for anything else.
struct listen_address {
    std::string host;
    std::uint16_t port = 0;

    [[nodiscard]] static listen_address parse(std::string_view text);
};

// An HTTP/1.1 server on one address, with an identity over TLS alone. Loop thread.
//
// Lifecycle: construct, listen(), start(), stop(). Service and identity must outlive it; the destructor asserts that it
// was stopped if it was started. Time-outs have a granularity of one second: one watchdog looks at all connections
// instead of a timer for each operation.
class server {
public:
    server(core::executor executor, core::clock& clock, core::logger log, service& service, limits limits = {},
           const tls_identity* identity = nullptr);
    server(const server&) = delete;
    server& operator=(const server&) = delete;
    ~server();

    // Binds; who connects waits. Throws core::fatal_error: `unavailable` when the address is taken or not of this
    // machine.
    void listen(const listen_address& address);
    // Begins to accept.
    void start();

    // What is bound: 127.0.0.1:41231, [::1]:41231. Empty before listen().
    [[nodiscard]] const std::string& address() const noexcept;
    [[nodiscard]] std::uint16_t port() const noexcept;
    [[nodiscard]] std::size_t connections() const noexcept;

    // Accepts no more, closes idle connections, makes every answer from now on the last of its connection.
    void close_door();

    // close_door(), then lets open requests finish until `deadline` (of the clock), then cuts them off.
    // A handler that ignores its cancellation makes this wait.
    core::awaitable<void> stop(core::monotonic_time deadline);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace web
