#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace core {

// W3C Trace Context, level 1: which request something belongs to, over module and process borders.
struct trace_context {
    std::string trace_id;  // 32 lower-case hex digits, not all zero
    std::string span_id;   // 16 lower-case hex digits, not all zero
    bool sampled = false;  // its spans are kept, see tracer.hpp

    // A new trace with random ids, of which no spans are kept.
    [[nodiscard]] static trace_context start();
    // std::nullopt for what the standard calls invalid; then a new trace is due.
    [[nodiscard]] static std::optional<trace_context> parse(std::string_view traceparent);

    // The same trace, one step deeper.
    [[nodiscard]] trace_context child() const;
    // 00-<trace id>-<span id>-<01 when sampled, else 00>; empty when there is no trace.
    [[nodiscard]] std::string traceparent() const;
};

// Where a change, a message or a log line comes from. Copied along every call and event.
struct origin {
    trace_context trace{};
    std::string cause{};  // id of the event being handled; empty at the edge
};

}  // namespace core
