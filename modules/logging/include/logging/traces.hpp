#pragma once

#include <bus/message.hpp>
#include <core/clock.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

// What the module logging is told of spans, and what it answers about traces.
namespace logging {

// See core::span_record.
struct recorded_span {
    std::string trace_id;
    std::string span_id;
    std::string parent_span_id;  // empty: none
    std::string name;
    std::string kind;  // internal, server, client, producer, consumer
    std::string module;
    std::int64_t started_at = 0;  // microseconds since 1970
    std::int64_t duration = 0;    // microseconds
    bool has_failed = false;
    std::string failure;
    nlohmann::json attributes;  // an object
};
BOOST_DESCRIBE_STRUCT(recorded_span, (),
                      (trace_id, span_id, parent_span_id, name, kind, module, started_at, duration, has_failed, failure,
                       attributes))

// Spans of one process that are over.
struct spans_recorded {
    static constexpr auto message = bus::signal("logging.spans_recorded", 1);
    std::string process;
    std::vector<recorded_span> spans;
};
BOOST_DESCRIBE_STRUCT(spans_recorded, (), (process, spans))

struct span_view {
    std::string span_id{};
    std::optional<std::string> parent_span_id{};
    std::string name{};
    std::string kind{};
    std::string module{};
    std::string process{};
    core::timestamp started_at{};
    double offset_ms = 0;  // since the trace began
    double duration_ms = 0;
    std::string status{};                // ok, error
    std::optional<std::string> error{};  // why
    nlohmann::json attributes{};
};
BOOST_DESCRIBE_STRUCT(span_view, (),
                      (span_id, parent_span_id, name, kind, module, process, started_at, offset_ms, duration_ms, status,
                       error, attributes))

struct trace_view {
    std::string trace_id{};
    std::string name{};  // of its first span
    core::timestamp started_at{};
    double duration_ms = 0;
    std::int64_t span_count = 0;
    std::vector<span_view> spans{};  // by their beginning, 5,000 at most
};
BOOST_DESCRIBE_STRUCT(trace_view, (), (trace_id, name, started_at, duration_ms, span_count, spans))

// Errors: not_found.
struct get_trace {
    static constexpr auto message = bus::request<trace_view>("logging.get_trace", 1, bus::repetition::harmless);
    std::string trace_id{};
};
BOOST_DESCRIBE_STRUCT(get_trace, (), (trace_id))

struct trace_summary {
    std::string trace_id{};
    std::string name{};
    core::timestamp started_at{};
    double duration_ms = 0;  // until the end of its last span
    std::int64_t spans = 0;
    std::int64_t errors = 0;  // spans that failed
    std::vector<std::string> modules{};
};
BOOST_DESCRIBE_STRUCT(trace_summary, (), (trace_id, name, started_at, duration_ms, spans, errors, modules))

struct trace_page {
    std::vector<trace_summary> items{};
    std::int64_t page = 1;
    std::int64_t size = 10;
    std::int64_t total_count = 0;
    std::int64_t total_pages = 0;
    bool has_more = false;
};
BOOST_DESCRIBE_STRUCT(trace_page, (), (items, page, size, total_count, total_pages, has_more))

// Newest first. Error: invalid.
struct search_traces {
    static constexpr auto message = bus::request<trace_page>("logging.search_traces", 1, bus::repetition::harmless);
    std::optional<core::timestamp> since{};
    std::optional<core::timestamp> before{};
    std::optional<std::string> module{};         // that took part
    std::optional<std::int64_t> min_duration{};  // milliseconds
    std::optional<bool> has_failed{};
    std::int64_t page = 1;
    std::int64_t size = 10;
};
BOOST_DESCRIBE_STRUCT(search_traces, (), (since, before, module, min_duration, has_failed, page, size))

}  // namespace logging
