#pragma once

#include <core/clock.hpp>
#include <core/trace.hpp>
#include <string>
#include <string_view>

namespace bus {

// What a request carries besides itself.
struct call {
    core::origin from{};
    // After this nobody waits for the answer any more. Handlers that ask others pass it on.
    core::monotonic_time deadline = core::monotonic_time::max();
    // To ask twice is as good as once: set by the endpoint, from the type of the request.
    bool is_idempotent = false;
    // What the client calls this request by, so that it may send it again; unique among all clients and requests.
    // Empty: it says nothing. See bus/once.hpp.
    std::string idempotency_key{};
};

// The key of a request that came as a message with this id: programs that are not of us know no other.
[[nodiscard]] inline std::string idempotency_key_of(std::string_view request, std::string_view message_id) {
    return std::string{request}.append(" message ").append(message_id);
}

}  // namespace bus
