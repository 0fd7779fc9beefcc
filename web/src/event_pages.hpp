#pragma once

#include <bus/operations.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The event logs of all modules as one list in pages, without I/O. A log is only ever appended to, and rows become
// visible in the order of their sequences; so a place in the list is a cut through all logs, and stays where it is
// whatever is added.
namespace web {

// Everything up to and with the sequence of its log lies before the cut. A log that is not named is not in the list.
struct event_cut {
    std::map<std::string, std::int64_t> sequences{};  // by module
    std::optional<core::timestamp> until{};           // the list ends before this time

    bool operator==(const event_cut&) const = default;
};

// For clients, who take it as it is: characters that need no escape in a URL.
[[nodiscard]] std::string to_text(const event_cut& cut);
[[nodiscard]] std::optional<event_cut> read_event_cut(std::string_view text);

// What one log gave for a page: up to one event more than the page takes, so that it is known whether there are more.
struct log_slice {
    std::string source;
    std::vector<bus::event_view> events{};
    std::int64_t cut = 0;                // where it was read from; 0 when that was either end of the log
    std::optional<std::int64_t> head{};  // of the log, before these events were read
};

struct event_page {
    std::vector<bus::event_view> items{};
    event_cut next{};
    bool has_more = false;
};

// Events newest first: `next` is the cut before the last item. Each log in its own order; between logs by time.
[[nodiscard]] event_page newest_events(std::vector<log_slice> slices, std::size_t size);
// Events oldest first: `next` is the cut after the last item, or after all that was there when the slices hold no more.
[[nodiscard]] event_page next_events(std::vector<log_slice> slices, std::size_t size);

}  // namespace web
