#include "module_databases.hpp"

#include <algorithm>
#include <array>
#include <email/module.hpp>
#include <logging/migrations.hpp>
#include <product/migrations.hpp>
#include <registration/migrations.hpp>

namespace app {
namespace {

struct kept_data {
    const char* module;
    std::span<const core::embedded_file> (*migrations)();
    storage::durability sync;
};

// The log store may miss its last moments after a power loss: a sync for each line would be the most expensive thing
// that Busbar does.
constexpr std::array<kept_data, 4> modules_with_data{{
    {"registration", &registration::migrations, storage::durability::full},
    {"email", &email::migrations, storage::durability::full},
    {"logging", &logging::migrations, storage::durability::normal},
    {"product", &product::migrations, storage::durability::full},
}};

}  // namespace

std::vector<storage::database_settings> database_settings_of(const config::settings& settings) {
    std::vector<storage::database_settings> all;
    for (const auto& one : modules_with_data) {
        if (std::ranges::find(settings.modules, one.module) == settings.modules.end()) continue;
        storage::database_settings database;
        database.folder = settings.data.dir;
        database.name = one.module;
        database.migrations = one.migrations();
        database.sync = one.sync;
        database.readers = settings.storage.readers;
        database.reader_queue = settings.storage.read_queue;
        database.write_queue = settings.storage.write_queue;
        database.batch = settings.storage.batch;
        all.push_back(std::move(database));
    }
    return all;
}

std::vector<std::string> names_of_modules_with_data() {
    std::vector<std::string> names;
    for (const auto& one : modules_with_data) names.emplace_back(one.module);
    return names;
}

}  // namespace app
