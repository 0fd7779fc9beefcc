#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace app {

// What a trace has caused, as GET /api/v1/traces/{id}/events gives it, as a tree for a terminal: events, below each its
// handlers, below those the events that they published, and the mails that these tell of. Nothing in it can begin a
// line or reach the terminal as a command.
[[nodiscard]] std::string causal_tree(const nlohmann::ordered_json& trace);

}  // namespace app
