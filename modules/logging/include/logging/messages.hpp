#pragma once

#include <bus/json_text.hpp>
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
    bus::json_text data;
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
    bus::json_text data;
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
    std::optional<std::int64_t> next;  // `before` of the page that follows; none when nothing does
};
BOOST_DESCRIBE_STRUCT(log_page, (), (items, page, size, total_count, total_pages, has_more, next))

// Newest first. `before`: the `next` of another page, so that pages neither skip nor repeat entries while others come;
// `page` counts from there. The total is that of all pages in any case. Error: invalid.
struct search_entries {
    static constexpr auto message = bus::request<log_page>("logging.search", 1, bus::repetition::harmless);
    std::optional<std::string> module{};
    std::optional<std::string> level{};   // exactly this one, or one of several with commas between them
    std::optional<std::string> search{};  // words and field:value, see the README
    std::optional<core::timestamp> since{};
    std::optional<core::timestamp> until{};
    std::optional<std::string> trace_id{};
    std::int64_t page = 1;
    std::int64_t size = 10;
    std::optional<std::int64_t> before{};
};
BOOST_DESCRIBE_STRUCT(search_entries, (), (module, level, search, since, until, trace_id, page, size, before))

struct followed {
    std::vector<log_view> items{};  // oldest first
    std::string position{};         // what to ask with next; empty: ask for what is `after` the last item
    bool is_behind = false;         // more has come since than is kept for followers; nothing else is set
};
BOOST_DESCRIBE_STRUCT(followed, (), (items, position, is_behind))

// Entries as they are stored, in the order in which they are: answers once there are some that are meant, at the latest
// after a second. With `position` those since that answer; else those `after` that id, at once; with neither nothing
// but the present position. Who has more than 1 MiB of them to read, or has let 10,000 of any kind come, is behind.
// Errors: invalid; overloaded when too many wait.
struct follow_entries {
    static constexpr auto message = bus::request<followed>("logging.follow", 1, bus::repetition::harmless);
    std::optional<std::string> module{};  // as in search_entries
    std::optional<std::string> level{};
    std::optional<std::string> search{};
    std::optional<std::string> trace_id{};
    std::optional<std::string> position{};
    std::optional<std::int64_t> after{};
};
BOOST_DESCRIBE_STRUCT(follow_entries, (), (module, level, search, trace_id, position, after))

}  // namespace logging
