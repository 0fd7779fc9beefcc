#pragma once

#include <config/settings.hpp>
#include <storage/database.hpp>
#include <vector>

namespace app {

// One for each module of the configuration that keeps data, in the order in which they are opened.
[[nodiscard]] std::vector<storage::database_settings> database_settings_of(const config::settings& settings);

}  // namespace app
