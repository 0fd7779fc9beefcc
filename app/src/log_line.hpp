#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace app {

// A stored entry as the terminal shows what is logged: one line without its end, and nothing in it that a terminal
// takes for a command.
[[nodiscard]] std::string log_line(const nlohmann::ordered_json& entry);

}  // namespace app
