#pragma once

#include <cstdint>
#include <logging/traces.hpp>
#include <optional>
#include <storage/transaction.hpp>
#include <string>

// The SQL of spans and traces.
namespace logging::span_store {

// A span that is there already is left as it is, so a batch may come twice. So is a trace that has 20,000 of them.
void add(storage::transaction& transaction, const std::string& process, const recorded_span& span);

[[nodiscard]] std::optional<trace_view> find(storage::reader& reader, const std::string& trace_id);
// Newest first. Reads traces in that order until the page is full, and all that match for their number.
[[nodiscard]] trace_page search(storage::reader& reader, const search_traces& query);

// Stored spans of all traces: adds up one number a trace.
[[nodiscard]] std::int64_t count(storage::reader& reader);
// The oldest trace with its spans, when it began before `time` if that is given. Returns how many these were; nothing
// when there is none.
std::optional<std::int64_t> remove_oldest(storage::transaction& transaction, std::optional<core::timestamp> time);

}  // namespace logging::span_store
