#pragma once

#include <bus/traces.hpp>
#include <core/error.hpp>
#include <email/messages.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "operated_modules.hpp"

namespace web {

// What a request has caused, from the event logs of all modules: events, how far their handlers are with them, mails.
struct causal_trace {
    std::vector<bus::traced_event> events{};                               // by time
    std::vector<std::pair<std::string, bus::delivery_view>> deliveries{};  // by module
    std::vector<email::email_view> mails{};                                // without their content
    std::vector<std::string> away{};                                       // modules that could not be asked
    bool is_complete = true;  // nothing was left out but what these would tell
};

[[nodiscard]] core::awaitable<core::result<causal_trace>> find_causal_trace(const operated_modules& operated,
                                                                            const caller& modules, std::string trace_id,
                                                                            const request& request);

[[nodiscard]] nlohmann::ordered_json to_json(const std::string& trace_id, const causal_trace& trace);

}  // namespace web
