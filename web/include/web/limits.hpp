#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace web {

// What one client may ask of a listener. Past a limit it gets the status named, or loses its connection.
struct limits {
    std::size_t head = 16UZ * 1024;                        // bytes from the request line to the empty line: 431
    std::size_t fields = 100;                              // header fields: 431
    std::size_t target = 8UZ * 1024;                       // bytes of the request target: 414
    std::size_t body = 64UZ * 1024;                        // bytes, where a route says nothing else: 413
    std::size_t query_parameters = 100;                    // 400
    std::size_t form_fields = 100;                         // 400
    std::size_t json_depth = 32;                           // 400
    std::size_t connections = 1024;                        // accepting pauses
    std::optional<std::size_t> connections_per_address{};  // none: no cap; one more is closed at once
    std::chrono::milliseconds head_time{10'000};           // for a whole head: closed
    std::chrono::milliseconds body_grace{5'000};           // before the rate counts
    std::size_t body_rate = 1024;                          // bytes a second: closed
    std::chrono::milliseconds idle_time{60'000};           // between two requests: closed
    std::chrono::milliseconds write_stall{30'000};         // without one byte taken by the client: closed
    std::chrono::milliseconds linger_time{2'000};  // for the client to read the last answer before the connection goes
};

}  // namespace web
