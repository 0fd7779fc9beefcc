#include "operation_views.hpp"

#include <bus/json.hpp>
#include <bus/json_depth.hpp>
#include <core/trace.hpp>
#include <nlohmann/json.hpp>

namespace bus {
namespace {

std::string trace_id_of(const std::string& traceparent) {
    const auto trace = core::trace_context::parse(traceparent);
    return trace ? trace->trace_id : std::string{};
}

// JSON as it is, anything else as text, also JSON that is nested too deep.
nlohmann::json json_of(const std::string& data) {
    if (!is_nested_deeper(data, deepest_shown)) {
        auto json = nlohmann::json::parse(data, nullptr, false);
        if (!json.is_discarded()) return json;
    }
    // Not even text, perhaps: what is not UTF-8 is shown as U+FFFD.
    return nlohmann::json::parse(nlohmann::json(data).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

dead_letter view_of(const std::string& module, storage::dead_letter letter) {
    const auto& event = letter.parked.event;
    auto errors = from_json_array<delivery_error>(letter.parked.errors);
    return {.id = module + "-" + std::to_string(letter.parked.id),
            .module = module,
            .handler = letter.handler,
            .source = letter.log,
            .event_id = event.id,
            .type = event.type,
            .version = event.version,
            .key = event.key,
            .time = event.time,
            .trace_id = trace_id_of(event.traceparent),
            .data = json_of(event.data),
            .attempts = letter.parked.attempts,
            .errors = std::move(errors),
            .first_failed_at = letter.first_failed_at,
            .last_failed_at = letter.last_failed_at,
            .original_data = letter.original_data ? std::optional{json_of(*letter.original_data)} : std::nullopt};
}

event_view view_of(const std::string& module, const storage::event_record& row) {
    return {row.id,           row.type,  row.version,
            module,           row.epoch, row.sequence,
            row.key,          row.time,  trace_id_of(row.traceparent),
            json_of(row.data)};
}

}  // namespace bus
