#pragma once

#include <config/settings.hpp>
#include <storage/database.hpp>
#include <string>
#include <vector>

namespace app {

// One for each module of the configuration that keeps data, in the order in which they are opened.
[[nodiscard]] std::vector<storage::database_settings> database_settings_of(const config::settings& settings);

// Of all modules of this program that keep data, whether they run in this process or not.
[[nodiscard]] std::vector<std::string> names_of_modules_with_data();

}  // namespace app
