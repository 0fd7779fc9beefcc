#pragma once

#include <config/load.hpp>
#include <optional>
#include <string>
#include <vector>

#include "ready.hpp"

namespace app {

enum class check_state { ok, warning, failed };

// What was looked at and what was found: for a warning or a failure also what to do about it.
struct check_result {
    std::string name;
    check_state state = check_state::ok;
    std::string detail;
};

// The server that holds the data folder and answers; none when nobody does.
struct running_server {
    serving_place place;
    bool is_ready = false;
    std::string detail;  // of GET /readyz
};
[[nodiscard]] std::optional<running_server> find_running_server(const config::settings& settings);

// Each looks at one thing and changes nothing but for files of its own that it removes. They block, none for more than
// some seconds.
[[nodiscard]] check_result check_files_of_settings(const config::loaded& configuration);
[[nodiscard]] check_result check_data_folder(const config::settings& settings, bool is_served);
[[nodiscard]] check_result check_rights(const config::settings& settings);
[[nodiscard]] check_result check_schema(const config::settings& settings);
[[nodiscard]] check_result check_room(const config::settings& settings);
[[nodiscard]] check_result check_sync(const config::settings& settings);
[[nodiscard]] check_result check_server(const std::optional<running_server>& server);
[[nodiscard]] std::vector<check_result> check_addresses(const config::settings& settings, bool is_served);
[[nodiscard]] check_result check_certificate(const config::settings& settings);
[[nodiscard]] std::vector<check_result> check_mail_servers(const config::settings& settings);
[[nodiscard]] check_result check_broker(const config::settings& settings);
[[nodiscard]] check_result check_collector(const config::settings& settings);

}  // namespace app
