#pragma once

#include <bus/amqp/settings.hpp>
#include <bus/operations.hpp>
#include <config/settings.hpp>
#include <storage/database.hpp>
#include <string>
#include <vector>

namespace app {

// One for each module of the configuration that keeps data, in the order in which they are opened.
[[nodiscard]] std::vector<storage::database_settings> database_settings_of(const config::settings& settings);

// Of all modules of this program that keep data, whether they run in this process or not.
[[nodiscard]] std::vector<std::string> names_of_modules_with_data();

// The same, with the modules whose events they handle: a broker keeps those also for a module that is not running.
[[nodiscard]] std::vector<bus::amqp::known_module> known_modules();

// Throws std::logic_error when a handler takes events of a module that known_modules() does not list for it: between
// processes it would never get them.
void check_that_all_are_known(const std::vector<bus::handler_view>& handlers);

}  // namespace app
