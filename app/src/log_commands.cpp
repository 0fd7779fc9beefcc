#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "admin_api.hpp"
#include "event_stream.hpp"
#include "log_line.hpp"
#include "operations.hpp"
#include "output.hpp"
#include "text_table.hpp"

namespace app {
namespace {

using core::exit_code;
using json = nlohmann::ordered_json;

constexpr std::int64_t largest_page = 100;
constexpr std::int64_t usual_number = 50;

admin_api::query filter_of(const operation_options& options) {
    std::string words;
    for (const auto& word : options.words) words += (words.empty() ? "" : " ") + word;
    return {{"search", words}, {"module", options.module}, {"level", options.level}, {"trace_id", options.trace}};
}

json find(const config::settings& settings, const operation_options& options) {
    const admin_api api{settings};
    const core::system_clock clock;
    auto query = filter_of(options);
    query.emplace_back("since", read_time(options.since, "--since", clock.now()));
    query.emplace_back("until", read_time(options.until, "--until", clock.now()));
    const auto most = options.limit.value_or(usual_number);
    auto entries = json::array();
    for (std::string before; std::ssize(entries) < most;) {
        auto wanted = query;
        wanted.emplace_back("size", std::to_string(std::min(largest_page, most - std::ssize(entries))));
        wanted.emplace_back("before", before);
        auto page = value_of(api.get("/api/v1/logs", wanted));
        for (auto& entry : page["items"]) entries.push_back(std::move(entry));
        if (page["next"].is_null()) break;
        before = page["next"].dump();
    }
    return entries;
}

// What was printed is written out, so nothing has to be put in order.
extern "C" void end_well(int /*signal*/) { std::_Exit(static_cast<int>(exit_code::done)); }

}  // namespace

exit_code search_log(const command& command, const config::loaded& configuration) {
    const auto entries = find(configuration.values, command.operation);
    if (command.as_json) {
        print_json(entries);
        return exit_code::done;
    }
    std::string text;
    for (const auto& entry : entries) text += log_line(entry) + '\n';
    print(entries.empty() ? "no entries\n" : text);
    return exit_code::done;
}

exit_code follow_log(const command& command, const config::loaded& configuration) {
    std::signal(SIGINT, &end_well);
    std::signal(SIGTERM, &end_well);
    const admin_api api{configuration.values};
    const auto path = admin_api::target("/api/v1/logs/stream", filter_of(command.operation));
    bool is_behind = false;
    bool is_read = true;
    event_stream events{[&](const event_stream::event& event) {
        is_behind = event.type == "dropped";
        if (!is_behind)
            is_read = command.as_json ? print(event.data + '\n')
                                      : print(log_line(json::parse(event.data, nullptr, false)) + '\n');
        return is_read && !is_behind;
    }};
    // The log has what this reader was too slow for.
    do {
        is_behind = false;
        const auto answer =
            api.send({.path = path, .last_event_id = events.last_id(), .take = [&events](std::string_view bytes) {
                          return events.put(bytes);
                      }});
        if (!answer) throw core::fatal_error{exit_code::unavailable, answer.error().reason};
        if (answer->status != 200)
            throw core::fatal_error{answer->status == 503 ? exit_code::unavailable : exit_code::no, reason_in(*answer)};
    } while (is_behind);
    if (!is_read) return exit_code::done;
    throw core::fatal_error{exit_code::unavailable, "the server has ended"};
}

exit_code log_levels(const command& command, const config::loaded& configuration) {
    const admin_api api{configuration.values};
    const auto& options = command.operation;
    const auto path = "/api/v1/logs/levels";
    const auto levels =
        value_of(options.module.empty() ? api.get(path) : api.put(path, {{options.module, options.level}}));
    if (command.as_json) {
        print_json(levels);
        return exit_code::done;
    }
    text_table table{{"MODULE", "LEVEL"}};
    for (const auto& [module, level] : levels.items()) table.add({module, level.get<std::string>()});
    print(table.text());
    return exit_code::done;
}

}  // namespace app
