#include <algorithm>
#include <cstdio>
#include <thread>

#include "admin_api.hpp"
#include "operations.hpp"
#include "output.hpp"
#include "text_table.hpp"

namespace app {
namespace {

using core::exit_code;
using json = nlohmann::ordered_json;

constexpr std::int64_t largest_page = 100;
constexpr std::int64_t usual_number = 50;
constexpr std::int64_t usual_past = 10;  // before what is followed
constexpr std::chrono::milliseconds between_looks{500};

std::vector<std::string> cells_of(const json& event) {
    return {text_of(event, "time"), text_of(event, "type"), text_of(event, "sequence"), text_of(event, "key"),
            text_of(event, "data")};
}

text_table empty_table() { return text_table{{"TIME", "TYPE", "SEQUENCE", "KEY", "DATA"}}; }

// The events that a command line asks for, in the order in which the server has them.
class event_reader {
public:
    event_reader(const config::settings& settings, const operation_options& options)
        : api_{settings}, options_{options} {
        const core::system_clock clock;
        since_ = read_time(options.since, "--since", clock.now());
    }

    // Newest first, those before the place `before`; empty: up to the newest.
    [[nodiscard]] json past(std::string before, std::int64_t most) const {
        auto events = json::array();
        while (std::ssize(events) < most) {
            const auto size = std::min(largest_page, most - std::ssize(events));
            auto page = value_of(api_.get(path, query("before", before, size)));
            for (auto& event : page["items"]) events.push_back(std::move(event));
            if (page["next"].is_null()) break;
            before = page["next"].get<std::string>();
        }
        return events;
    }
    // Oldest first, those after it.
    [[nodiscard]] admin_api::answer after(const std::string& place) const {
        return api_.get(path, query("after", place, largest_page));
    }
    [[nodiscard]] std::string end() const { return value_of(after("now"))["next"].get<std::string>(); }

private:
    static constexpr const char* path = "/api/v1/events";

    [[nodiscard]] admin_api::query query(const char* direction, const std::string& place, std::int64_t size) const {
        return {{"type", options_.type},
                {"source", options_.source},
                {"since", since_},
                {direction, place},
                {"size", std::to_string(size)}};
    }

    admin_api api_;
    const operation_options& options_;
    std::string since_;
};

// Prints events as they come, in columns that the first ones set.
class event_printer {
public:
    explicit event_printer(bool as_json) : as_json_{as_json} {}

    // False when nobody reads any more.
    bool print_all(const json& events) {
        for (const auto& event : events)
            if (!(as_json_ ? print_json(event) : print(text_table::line(printable_cells(event), widths_))))
                return false;
        return true;
    }
    bool print_titles() { return as_json_ || print(empty_table().text(widths_)); }

private:
    static std::vector<std::string> printable_cells(const json& event) {
        auto cells = cells_of(event);
        for (auto& cell : cells) cell = printable(cell);
        return cells;
    }

    // Of a time, of the longest type, of a sequence, of a UUID.
    const std::vector<std::size_t> widths_{24, 39, 8, 36, 4};
    bool as_json_;
};

exit_code list(const event_reader& reader, const command& command) {
    const auto& options = command.operation;
    const auto most = options.limit.value_or(options.since.empty() ? usual_number : INT64_MAX);
    const auto events = reader.past("", most);
    if (command.as_json) {
        print_json(events);
        return exit_code::done;
    }
    auto table = empty_table();
    for (const auto& event : events) table.add(cells_of(event));
    print(events.empty() ? "no events\n" : table.text());
    return exit_code::done;
}

bool is_away(const admin_api::refusal& refusal) { return refusal.status == 0 || refusal.status == 503; }

void tell_of(bool is_gone) {
    std::fputs(is_gone ? "busbar: the server is away; waiting for it\n" : "busbar: the server is back\n", stderr);
}

// The place up to which events were shown is all that is kept, so a server that is started again goes on where it was.
exit_code follow(const event_reader& reader, const command& command) {
    const auto& options = command.operation;
    auto place = reader.end();
    auto past = reader.past(place, options.limit.value_or(options.since.empty() ? usual_past : INT64_MAX));
    std::reverse(past.begin(), past.end());
    event_printer printer{command.as_json};
    if (!printer.print_titles() || !printer.print_all(past)) return exit_code::done;
    for (bool was_away = false;;) {
        auto found = reader.after(place);
        const bool is_gone = !found;
        if (is_gone && !is_away(found.error())) static_cast<void>(value_of(std::unexpected{found.error()}));
        if (was_away != is_gone) tell_of(is_gone);
        was_away = is_gone;
        if (!is_gone) {
            const auto& events = (*found)["items"];
            if (!printer.print_all(events)) return exit_code::done;
            place = (*found)["next"].get<std::string>();
            if (std::ssize(events) == largest_page) continue;
        }
        std::this_thread::sleep_for(between_looks);
    }
}

}  // namespace

exit_code show_events(const command& command, const config::loaded& configuration) {
    const event_reader reader{configuration.values, command.operation};
    return command.operation.follow ? follow(reader, command) : list(reader, command);
}

}  // namespace app
