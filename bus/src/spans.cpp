#include "spans.hpp"

#include <algorithm>
#include <core/task_group.hpp>

#include "error_chain.hpp"

namespace bus {
namespace {

constexpr std::string_view operations = ".bus.";  // operations.hpp

// What processes and operators ask of the bus itself goes on all the time: on its own it is no trace.
bool may_begin_a_trace(std::string_view request) { return !request.contains(operations); }

bool is_failure(core::error_kind kind) {
    using enum core::error_kind;
    return kind == no_handler || kind == overloaded || kind == storage_full || kind == timed_out || kind == remote;
}

void describe(core::span& span, std::string_view operation, const storage::event_record& event, bool came_by_broker) {
    span.add("messaging.system", came_by_broker ? "rabbitmq" : "busbar");
    span.add("messaging.operation.name", operation);
    span.add("messaging.operation.type", operation);
    span.add("messaging.destination.name", event.type);
    span.add("messaging.message.id", event.id);
}

}  // namespace

core::span request_span(core::tracer& traces, core::span_kind kind, std::string_view request, std::string_view module,
                        core::trace_context& trace) {
    core::span span;
    if (kind == core::span_kind::server && trace.trace_id.empty()) {
        trace = core::trace_context::start();
        if (may_begin_a_trace(request)) span = traces.enter(request, kind, module, trace, true);
    } else {
        span = traces.begin(request, kind, module, trace);
    }
    if (!span.is_recorded()) return span;
    const auto dot = request.find('.');
    span.add("rpc.system", "busbar");
    span.add("rpc.service", request.substr(0, dot));
    span.add("rpc.method", dot == std::string_view::npos ? request : request.substr(dot + 1));
    return span;
}

void note_answer(core::span& span, const core::error& error) {
    if (!span.is_recorded()) return;
    const auto kind = core::to_string(error.kind);
    if (is_failure(error.kind))
        span.fail(kind, error.detail);
    else
        span.add("busbar.refusal", kind);
}

core::span delivery_span(core::tracer& traces, const delivered& what, core::trace_context& trace) {
    if (!trace.sampled) return {};
    auto span = traces.begin("process " + what.event.type, core::span_kind::consumer, what.module, trace);
    if (!span.is_recorded()) return span;
    describe(span, "process", what.event, what.came_by_broker);
    span.add("messaging.consumer.group.name", what.handler);
    span.add("busbar.attempt", what.attempt);
    return span;
}

void mark_failed(core::span& span, const std::exception_ptr& failure) {
    if (span.is_recorded()) span.fail(type_of(failure), core::describe(failure));
}

core::span receive_span(core::tracer& traces, std::string_view module, storage::event_record& event) {
    auto parent = core::trace_context::parse(event.traceparent);
    const bool begins_here = !parent;
    auto trace = parent ? std::move(*parent) : core::trace_context::start();
    auto span = traces.enter("receive " + event.type, core::span_kind::consumer, module, trace, begins_here);
    if (span.is_recorded()) describe(span, "receive", event, true);
    event.traceparent = trace.traceparent();
    return span;
}

}  // namespace bus
