#include <bus/delivery.hpp>
#include <core/log.hpp>
#include <logging/messages.hpp>

#include "limits.hpp"

namespace logging {
namespace {

std::string text_of(const nlohmann::json& entry, const char* field) {
    const auto found = entry.find(field);
    if (found == entry.end()) return {};
    if (!found->is_string()) throw bus::rejected{std::string{"a log entry whose "} + field + " is not a text"};
    return found->get<std::string>();
}

core::timestamp time_of(const nlohmann::json& entry) {
    const auto text = text_of(entry, "time");
    if (text.empty()) return {};
    const auto time = core::from_rfc3339(text);
    if (!time) throw bus::rejected{"a log entry whose time is not one of RFC 3339"};
    return *time;
}

}  // namespace

entry_recorded entry_recorded::from_outside(std::string_view routing_key, const nlohmann::json& data) {
    constexpr std::string_view prefix = "log.";
    if (!routing_key.starts_with(prefix)) throw bus::rejected{"a log entry whose routing key is not log.LEVEL"};
    routing_key.remove_prefix(prefix.size());
    const auto dot = routing_key.rfind('.');
    const auto level = core::parse_log_level(dot == std::string_view::npos ? routing_key : routing_key.substr(dot + 1));
    if (!level) throw bus::rejected{"a log entry of an unknown level"};
    if (!data.is_object()) throw bus::rejected{"a log entry that is not a JSON object"};

    entry_recorded entry;
    entry.time = time_of(data);
    entry.level = core::to_string(*level);
    entry.module = dot == std::string_view::npos ? outside_module : routing_key.substr(0, dot);
    entry.name = text_of(data, "name");
    const auto content = data.value("data", nlohmann::json::object());
    entry.data = bus::json_text::of(content);
    entry.trace_id = text_of(data, "trace_id");
    if (entry.name.empty() || entry.name.size() > longest_name)
        throw bus::rejected{"a log entry whose name is empty or longer than 250 bytes"};
    if (entry.data.text.size() > largest_data) throw bus::rejected{"a log entry with more than 32 KiB of data"};
    return entry;
}

}  // namespace logging
