#pragma once

#include <core/log.hpp>
#include <harness/recording.hpp>
#include <storage/event_record.hpp>
#include <string>
#include <vector>

namespace harness {

// Everything that is known of what happened in a test.
struct history {
    std::vector<storage::event_record> events;  // of all logs
    recording notes;
    std::vector<core::log_entry> entries;
};

// Who caused what, as text: requests, the events that they published, the handlers of these, and what those did, each
// below its cause; log entries below what began their trace. What has no cause that is known comes last.
[[nodiscard]] std::string causal_tree(const history& history);

}  // namespace harness
