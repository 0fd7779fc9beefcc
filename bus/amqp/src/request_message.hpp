#pragma once

#include <bus/call.hpp>
#include <core/error.hpp>
#include <string>

#include "wire_message.hpp"

namespace bus::amqp {

// A request on its way out; what is left until the deadline is its expiration.
[[nodiscard]] wire_message request_message(const std::string& exchange, const std::string& name, std::string data,
                                           std::chrono::milliseconds left, const call& call);
// What surrounds a request that came in. `now`: for its deadline.
[[nodiscard]] call call_of(const wire_message& message, core::monotonic_time now);

[[nodiscard]] wire_message reply_message(const wire_message& request, const core::result<std::string>& answer);
[[nodiscard]] core::result<std::string> answer_of(wire_message reply);

}  // namespace bus::amqp
