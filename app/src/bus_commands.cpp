#include <algorithm>
#include <cmath>

#include "admin_api.hpp"
#include "operations.hpp"
#include "output.hpp"
#include "text_table.hpp"

namespace app {
namespace {

using core::exit_code;
using json = nlohmann::ordered_json;

std::string rounded(double number) {
    const auto tenths = std::llround(number * 10);
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

// How far the logs of a process are with the broker; nothing where there is none.
std::string sent_by(const json& process) {
    std::string text;
    for (const auto& [module, position] : process["sent"].items())
        text += (text.empty() ? "; sent " : ", ") + module + " to " + position.dump();
    if (const auto in_flight = process.value("in_flight", 0); in_flight > 0)
        text += ", " + std::to_string(in_flight) + " on their way";
    return text;
}

std::string described(const json& status) {
    std::string text;
    for (const auto& process : status["processes"])
        text += text_of(process, "name") + " runs " + joined(process["modules"]) + "; published " +
                text_of(process, "published") + sent_by(process) + "\n";
    if (!status["away"].empty()) text += "away " + joined(status["away"]) + "\n";
    text_table table{
        {"HANDLER", "SOURCE", "POSITION", "HEAD", "LAG", "AGE", "IN FLIGHT", "PARKED", "DEAD", "RATE", "PAUSED"}};
    for (const auto& handler : status["handlers"])
        table.add({text_of(handler, "module") + "." + text_of(handler, "handler"), text_of(handler, "source"),
                   text_of(handler, "position"), text_of(handler, "head"), text_of(handler, "lag"),
                   rounded(handler.value("lag_seconds", 0.0)) + " s", text_of(handler, "in_flight"),
                   text_of(handler, "parked"), text_of(handler, "dead"), rounded(handler.value("rate", 0.0)) + "/s",
                   text_of(handler, "paused")});
    return text + "\n" + table.text();
}

}  // namespace

exit_code show_bus(const command& command, const config::loaded& configuration) {
    const auto status = value_of(admin_api{configuration.values}.get("/api/v1/bus"));
    if (command.as_json)
        print_json(status);
    else
        print(described(status));
    return exit_code::done;
}

exit_code replay_events(const command& command, const config::loaded& configuration) {
    const auto& options = command.operation;
    const core::system_clock clock;
    json wanted{{"group", options.group}};
    if (!options.source.empty()) wanted["source"] = options.source;
    if (options.from_sequence) wanted["from_sequence"] = *options.from_sequence;
    if (!options.from_time.empty()) wanted["from_time"] = read_time(options.from_time, "--from-time", clock.now());
    const auto started = value_of(admin_api{configuration.values}.post("/api/v1/bus/replay", wanted));
    if (command.as_json)
        print_json(started);
    else
        print(printable(text_of(started, "module") + "." + text_of(started, "handler") + " gets " +
                        text_of(started, "events") + " events of " + text_of(started, "source") +
                        " again, from sequence " + text_of(started, "from_sequence")) +
              "\n");
    return exit_code::done;
}

}  // namespace app
