#include <algorithm>
#include <config/parse.hpp>
#include <core/clock.hpp>
#include <core/exit.hpp>

#include "admin_api.hpp"
#include "causal_tree.hpp"
#include "http_client.hpp"
#include "operations.hpp"
#include "output.hpp"
#include "text_table.hpp"
#include "trace_waterfall.hpp"

namespace app {
namespace {

using core::exit_code;
using json = nlohmann::ordered_json;

const std::string traces_path = "/api/v1/traces";
constexpr std::int64_t usual_limit = 50;
constexpr std::int64_t largest_page = 100;

std::string path_of(const std::string& id) { return traces_path + "/" + percent_encoded(id); }

std::string milliseconds_of(const std::string& text) {
    if (text.empty()) return {};
    const auto time = config::parse_duration(text);
    if (!time) throw core::fatal_error{exit_code::usage, "--slower-than " + text + ": expected " + time.error()};
    return std::to_string(std::max<std::int64_t>(1, time->count()));
}

// Newest first, and no more than are wanted.
json found_traces(const admin_api& api, const operation_options& options) {
    const core::system_clock clock;
    const auto limit = options.limit.value_or(usual_limit);
    const auto since = read_time(options.since, "--since", clock.now());
    auto all = json::array();
    for (int page = 1; std::ssize(all) < limit; ++page) {
        auto found = value_of(api.get(traces_path, {{"since", since},
                                                    {"module", options.module},
                                                    {"min_duration", milliseconds_of(options.slower_than)},
                                                    {"error", options.failed ? "true" : ""},
                                                    {"size", std::to_string(std::min(limit, largest_page))},
                                                    {"page", std::to_string(page)}}));
        for (auto& trace : found["items"])
            if (std::ssize(all) < limit) all.push_back(std::move(trace));
        if (!found["has_more"].get<bool>()) break;
    }
    return all;
}

}  // namespace

exit_code list_traces(const command& command, const config::loaded& configuration) {
    const auto traces = found_traces(admin_api{configuration.values}, command.operation);
    if (command.as_json) {
        print_json(traces);
        return exit_code::done;
    }
    text_table table{{"ID", "BEGAN", "MS", "SPANS", "FAILED", "MODULES", "NAME"}};
    for (const auto& trace : traces)
        table.add({text_of(trace, "trace_id"), text_of(trace, "started_at"), text_of(trace, "duration_ms"),
                   text_of(trace, "spans"), text_of(trace, "errors"), joined(trace["modules"]),
                   text_of(trace, "name")});
    print(traces.empty() ? "no traces\n" : table.text());
    return exit_code::done;
}

exit_code show_trace(const command& command, const config::loaded& configuration) {
    const auto trace = value_of(admin_api{configuration.values}.get(path_of(command.operation.ids.front())));
    if (command.as_json)
        print_json(trace);
    else
        print(waterfall(trace));
    return exit_code::done;
}

exit_code explain_trace(const command& command, const config::loaded& configuration) {
    const admin_api api{configuration.values};
    const auto path = path_of(command.operation.ids.front());
    auto caused = value_of(api.get(path + "/events"));
    // What began it is known as long as its spans are kept.
    const auto spans = api.get(path);
    if (command.as_json) {
        caused["request"] = spans ? (*spans)["name"] : json{};
        print_json(caused);
        return exit_code::done;
    }
    if (spans) print(printable(text_of(*spans, "started_at") + "  " + text_of(*spans, "name")) + "\n");
    print(causal_tree(caused));
    return exit_code::done;
}

}  // namespace app
