#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace app {

// A trace as GET /api/v1/traces/{id} gives it, for a terminal: a line a span, each below what it is a part of, with its
// beginning, its duration and a bar. What the spans say can neither begin a line nor reach the terminal as a command.
[[nodiscard]] std::string waterfall(const nlohmann::ordered_json& trace);

}  // namespace app
