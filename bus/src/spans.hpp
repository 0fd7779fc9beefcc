#pragma once

#include <bus/delivery.hpp>
#include <core/error.hpp>
#include <core/tracer.hpp>
#include <exception>
#include <storage/event_record.hpp>
#include <string>
#include <string_view>

// The spans of what the bus does, named and described by OpenTelemetry's conventions for RPC and messaging. Each takes
// the trace one step deeper when its spans are kept. Loop thread.
namespace bus {

// A request: `client` when it leaves the process, `server` when it came from another one, `internal` else. One that
// came without a trace begins one.
[[nodiscard]] core::span request_span(core::tracer& traces, core::span_kind kind, std::string_view request,
                                      std::string_view module, core::trace_context& trace);
// What is expected to go wrong is no failure of the span.
void note_answer(core::span& span, const core::error& error);

struct delivered {
    const storage::event_record& event;
    std::string_view module;
    std::string_view handler;
    std::int64_t attempt = 1;
    bool came_by_broker = false;
};
// One attempt of one handler at an event.
[[nodiscard]] core::span delivery_span(core::tracer& traces, const delivered& what, core::trace_context& trace);
void mark_failed(core::span& span, const std::exception_ptr& failure);

// What a program without a log of its own has sent. The event goes on with the trace of this span, or with its own when
// that is not kept; one that came without any has a trace afterwards.
[[nodiscard]] core::span receive_span(core::tracer& traces, std::string_view module, storage::event_record& event);

}  // namespace bus
