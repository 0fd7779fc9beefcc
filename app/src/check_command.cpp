#include <algorithm>
#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>

#include "checks.hpp"
#include "commands.hpp"
#include "output.hpp"
#include "text_table.hpp"

namespace app {
namespace {

const char* name_of(check_state state) {
    switch (state) {
        case check_state::ok:
            return "ok";
        case check_state::warning:
            return "warning";
        case check_state::failed:
            return "failed";
    }
    return "failed";
}

std::vector<check_result> check_all(const config::loaded& configuration) {
    const auto& settings = configuration.values;
    const auto server = find_running_server(settings);
    std::vector<check_result> results{check_files_of_settings(configuration),
                                      check_data_folder(settings, server.has_value()),
                                      check_rights(settings),
                                      check_schema(settings),
                                      check_room(settings),
                                      check_sync(settings)};
    std::ranges::move(check_addresses(settings, server.has_value()), std::back_inserter(results));
    results.push_back(check_certificate(settings));
    std::ranges::move(check_mail_servers(settings), std::back_inserter(results));
    results.push_back(check_broker(settings));
    results.push_back(check_collector(settings));
    results.push_back(check_server(server));
    return results;
}

}  // namespace

core::exit_code check_everything(const command& command, const config::loaded& configuration) {
    const auto results = check_all(configuration);
    const bool is_good =
        std::ranges::none_of(results, [](const check_result& result) { return result.state == check_state::failed; });
    if (command.as_json) {
        auto checks = nlohmann::ordered_json::array();
        for (const auto& [name, state, detail] : results)
            checks.push_back({{"name", name}, {"state", name_of(state)}, {"detail", detail}});
        print_json({{"ok", is_good}, {"checks", std::move(checks)}});
    } else {
        text_table table{{"STATE", "WHAT", "DETAIL"}};
        for (const auto& [name, state, detail] : results) table.add({name_of(state), name, detail});
        print(table.text());
    }
    return is_good ? core::exit_code::done : core::exit_code::no;
}

}  // namespace app
