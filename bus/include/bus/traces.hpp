#pragma once

#include <bus/message.hpp>
#include <bus/operations.hpp>
#include <core/clock.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What a trace has come to, from the event logs alone: as long as they reach back, whatever was kept of its spans.
// Every module that has a database answers these requests under its own name, as those of operations.hpp.
namespace bus {

// An event, without what it says.
struct traced_event {
    std::string id;
    std::string type;
    std::string source;  // in whose log it is: a module, or "outside" of a module that was sent it
    std::int64_t epoch = 0;
    std::int64_t sequence = 0;
    std::string key;
    core::timestamp time{};
    std::string cause;  // the event that was being handled; empty when a request was its cause
};
BOOST_DESCRIBE_STRUCT(traced_event, (), (id, type, source, epoch, sequence, key, time, cause))

struct traced_events {
    std::vector<traced_event> items{};  // oldest first, 1,000 at most
    bool is_complete = true;            // there was time to read the whole log, and room for all
};
BOOST_DESCRIBE_STRUCT(traced_events, (), (items, is_complete))

// Those of a trace in the log of this module, and in what came to it from outside. It reads the log from its end, some
// thousands of rows at a time, until its beginning or nearly the deadline of the call.
struct find_traced_events {
    static constexpr auto message = request<traced_events>("bus.trace", 1, repetition::harmless);
    std::string trace_id;
};
BOOST_DESCRIBE_STRUCT(find_traced_events, (), (trace_id))

struct event_place {
    std::string source;
    std::int64_t epoch = 0;
    std::int64_t sequence = 0;
    std::string type;
};
BOOST_DESCRIBE_STRUCT(event_place, (), (source, epoch, sequence, type))

// How far a handler of this module is with an event.
struct delivery_view {
    std::string source;
    std::int64_t sequence = 0;
    std::string type;
    std::string handler;
    std::string state{};        // done, waiting, retrying (it failed and is tried again), blocked (behind one), dead
    std::int64_t attempts = 0;  // that failed; 0 once it is done
    std::optional<core::timestamp> next_attempt_at{};
    std::vector<delivery_error> errors{};
};
BOOST_DESCRIBE_STRUCT(delivery_view, (), (source, sequence, type, handler, state, attempts, next_attempt_at, errors))

struct deliveries_view {
    std::vector<delivery_view> items{};
};
BOOST_DESCRIBE_STRUCT(deliveries_view, (), (items))

// For each event, every handler of this module that takes it. 1,000 events at most. Errors: invalid.
struct find_deliveries {
    static constexpr auto message = request<deliveries_view>("bus.deliveries", 1, repetition::harmless);
    std::vector<event_place> events;
};
BOOST_DESCRIBE_STRUCT(find_deliveries, (), (events))

}  // namespace bus
