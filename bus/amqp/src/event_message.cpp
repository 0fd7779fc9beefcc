#include "event_message.hpp"

#include <algorithm>
#include <bus/json_depth.hpp>
#include <core/clock.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <storage/replica_log.hpp>

namespace bus::amqp {
namespace {

constexpr auto structured_content = "application/cloudevents+json";

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

// "application/json; charset=utf-8" is JSON, in capitals too (RFC 9110, section 8.3.1).
bool is_content(std::string_view given, std::string_view wanted) {
    given = given.substr(0, given.find(';'));
    while (given.ends_with(' ')) given.remove_suffix(1);
    return std::ranges::equal(given, wanted, {}, lower);
}

std::string_view text_of(const nlohmann::json& json, const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get_ref<const std::string&>() : std::string_view{};
}

// What is not UTF-8 becomes U+FFFD: operators see these fields as JSON, which has no other text.
std::string as_text(std::string_view given) {
    if (std::ranges::all_of(given, [](char one) { return static_cast<unsigned char>(one) < 0x80; }))
        return std::string{given};
    constexpr auto replace = nlohmann::json::error_handler_t::replace;
    return nlohmann::json::parse(nlohmann::json(given).dump(-1, ' ', false, replace)).get<std::string>();
}

// As long as what they were read from.
struct attributes {
    std::string_view id;
    std::string_view type;
    std::string_view time;
    std::string_view key;
    std::string_view traceparent;
};

// CloudEvents' AMQP binding allows both spellings of its headers.
attributes attributes_of(const wire_message& message) {
    attributes found;
    const std::pair<std::string_view, std::string_view*> wanted[] = {{"id", &found.id},
                                                                     {"type", &found.type},
                                                                     {"time", &found.time},
                                                                     {"partitionkey", &found.key},
                                                                     {"traceparent", &found.traceparent}};
    constexpr std::string_view prefix = "cloudEvents";
    for (const auto& [name, value] : message.headers.all()) {
        const auto* text = std::get_if<std::string_view>(&value);
        if (text == nullptr || text->empty() || name.size() <= prefix.size() || !name.starts_with(prefix)) continue;
        const char separator = name[prefix.size()];
        if (separator != ':' && separator != '_') continue;
        const auto attribute = name.substr(prefix.size() + 1);
        for (const auto& [known, place] : wanted)
            if (attribute == known && (place->empty() || separator == ':')) *place = *text;
    }
    if (const auto own = message.text_header("traceparent"); !own.empty()) found.traceparent = own;
    return found;
}

attributes attributes_of(const nlohmann::json& event) {
    return {text_of(event, "id"), text_of(event, "type"), text_of(event, "time"), text_of(event, "partitionkey"),
            text_of(event, "traceparent")};
}

// Structured mode: the attributes are in the body, beside the data. Leaves the data as the body.
std::optional<nlohmann::json> open_structured(wire_message& message) {
    if (!is_content(message.content_type, structured_content)) return std::nullopt;
    if (is_nested_deeper(message.body, deepest_message)) return std::nullopt;
    auto event = nlohmann::json::parse(message.body, nullptr, false);
    if (!event.is_object() || !event.contains("specversion")) return std::nullopt;
    const auto data = event.find("data");
    message.body = data == event.end() ? "null" : data->dump();
    return event;
}

}  // namespace

wire_message message_of(const std::string& exchange, const std::string& log, std::int64_t first_of_epoch,
                        const storage::event_record& record) {
    wire_message message;
    message.exchange = exchange;
    message.routing_key = record.type;
    message.body = record.data;
    message.content_type = json_content;
    message.message_id = record.id;
    message.timestamp = std::chrono::floor<std::chrono::seconds>(record.time);
    message.is_persistent = true;
    message.is_mandatory = true;
    message.headers = {{"cloudEvents:specversion", "1.0"},
                       {"cloudEvents:id", record.id},
                       {"cloudEvents:source", "/busbar/" + log},
                       {"cloudEvents:type", record.type},
                       {"cloudEvents:time", core::to_rfc3339(record.time)},
                       {"cloudEvents:partitionkey", record.key},
                       {"busbar-log", log},
                       {"busbar-epoch", record.epoch},
                       {"busbar-epoch-first", first_of_epoch},
                       {"busbar-sequence", record.sequence},
                       {"busbar-version", record.version}};
    if (!record.traceparent.empty()) message.headers.add("traceparent", record.traceparent);
    if (!record.cause.empty()) message.headers.add("busbar-cause", record.cause);
    return message;
}

received_event event_of(wire_message message, core::uuid_generator& ids, core::timestamp now) {
    const auto structured = open_structured(message);
    const auto attributes = structured ? attributes_of(*structured) : attributes_of(message);
    const bool is_readable =
        structured || message.content_type.empty() || is_content(message.content_type, json_content);
    storage::event_record record;
    record.id = as_text(attributes.id.empty() ? message.message_id : attributes.id);
    if (record.id.empty()) record.id = ids.next();
    record.type = as_text(attributes.type.empty() ? message.routing_key : attributes.type);
    record.version = is_readable ? message.number_header("busbar-version").value_or(1) : 0;
    record.key = as_text(attributes.key);
    record.time = core::from_rfc3339(attributes.time).value_or(now);
    record.traceparent = attributes.traceparent;
    record.cause = message.text_header("busbar-cause");
    record.data = std::move(message.body);
    record.epoch = message.number_header("busbar-epoch").value_or(0);
    record.sequence = message.number_header("busbar-sequence").value_or(0);
    const auto first_of_epoch = message.number_header("busbar-epoch-first").value_or(0);
    const auto log = message.text_header("busbar-log");
    const bool has_place = !log.empty() && record.epoch >= 1 && record.sequence >= 1 && first_of_epoch >= 1;
    return {has_place ? std::string{log} : storage::outside, first_of_epoch,
            std::make_shared<const storage::event_record>(std::move(record))};
}

}  // namespace bus::amqp
