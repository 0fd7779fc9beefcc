#pragma once

#include <bus/message.hpp>
#include <core/clock.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the module logging says and answers.
namespace logging {

// A line of any module's log.
struct entry_recorded {
    static constexpr auto message = bus::signal("logging.entry_recorded", 1);
    core::timestamp time{};
    std::string level;  // DEBUG, INFO, WARNING, ERROR
    std::string module;
    std::string name;
    nlohmann::json data;
    std::string trace_id;

    // Between processes: log.MODULE.LEVEL, and log.LEVEL from programs that are not ours.
    static constexpr auto topic = "log.#";
    [[nodiscard]] std::string routing_key() const { return "log." + module + "." + level; }
    // Of what such a program sends: {"name":…,"data":…}, perhaps with "time" and "trace_id". Without a time it is
    // timestamp{}. Throws bus::rejected when it cannot be read.
    [[nodiscard]] static entry_recorded from_outside(std::string_view routing_key, const nlohmann::json& data);
};
BOOST_DESCRIBE_STRUCT(entry_recorded, (), (time, level, module, name, data, trace_id))

struct log_view {
    std::int64_t id = 0;
    core::timestamp time{};
    std::string level;
    std::string module;
    std::string name;
    nlohmann::json data;
    std::optional<std::string> trace_id;
};
BOOST_DESCRIBE_STRUCT(log_view, (), (id, time, level, module, name, data, trace_id))

// An entry from outside. Errors: invalid with the fields name, data, level.
struct record_entry {
    static constexpr auto message = bus::request<bus::done>("logging.record", 1);
    std::string name;
    nlohmann::json data;
    std::optional<std::string> level;  // INFO when absent
};
BOOST_DESCRIBE_STRUCT(record_entry, (), (name, data, level))

struct log_page {
    std::vector<log_view> items;
    std::int64_t page = 1;
    std::int64_t size = 10;
    std::int64_t total_count = 0;
    std::int64_t total_pages = 0;
    bool has_more = false;
};
BOOST_DESCRIBE_STRUCT(log_page, (), (items, page, size, total_count, total_pages, has_more))

// Newest first. Error: invalid.
struct search_entries {
    static constexpr auto message = bus::request<log_page>("logging.search", 1, bus::repetition::harmless);
    std::optional<std::string> module{};
    std::optional<std::string> level{};   // exactly this one
    std::optional<std::string> search{};  // a part of the name or the data, without case
    std::optional<core::timestamp> since{};
    std::optional<core::timestamp> until{};
    std::optional<std::string> trace_id{};
    std::int64_t page = 1;
    std::int64_t size = 10;
};
BOOST_DESCRIBE_STRUCT(search_entries, (), (module, level, search, since, until, trace_id, page, size))

}  // namespace logging
