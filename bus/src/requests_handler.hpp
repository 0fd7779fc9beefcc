#pragma once

#include <bus/endpoint.hpp>
#include <string>
#include <vector>

#include "request_router.hpp"

namespace bus {

// Answers the requests of a module that came without a way back: each is an event of the log `outside`, tried again
// when the module is in trouble and a dead letter when it refuses. A crash between the effect and its note repeats it,
// with the same idempotency key.
[[nodiscard]] event_handler make_requests_handler(request_router& router, const std::vector<std::string>& requests);

}  // namespace bus
