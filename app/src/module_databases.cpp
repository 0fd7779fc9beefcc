#include "module_databases.hpp"

#include <algorithm>
#include <array>
#include <email/module.hpp>
#include <logging/migrations.hpp>
#include <product/migrations.hpp>
#include <registration/migrations.hpp>
#include <stdexcept>
#include <storage/replica_log.hpp>
#include <string_view>

namespace app {
namespace {

struct kept_data {
    std::string_view module;
    std::span<const core::embedded_file> (*migrations)();
    storage::durability sync;
    std::span<const std::string_view> follows{};  // modules whose events its handlers take
    int niceness = 0;                             // of the thread that writes
};

constexpr std::array<std::string_view, 1> followed_by_email{"registration"};

// The log store may miss its last moments after a power loss: a sync for each line would be the most expensive thing
// that Busbar does. And to write it can wait a little: on a busy machine the event loop goes first.
constexpr std::array<kept_data, 4> modules_with_data{{
    {"registration", &registration::migrations, storage::durability::full},
    {"email", &email::migrations, storage::durability::full, followed_by_email},
    {"logging", &logging::migrations, storage::durability::normal, {}, 10},
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
        database.niceness = one.niceness;
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

std::vector<bus::amqp::known_module> known_modules() {
    std::vector<bus::amqp::known_module> known;
    for (const auto& one : modules_with_data)
        known.push_back({std::string{one.module}, std::vector<std::string>{one.follows.begin(), one.follows.end()}});
    return known;
}

void check_that_all_are_known(const std::vector<bus::handler_view>& handlers) {
    for (const auto& handler : handlers) {
        if (handler.source == handler.module || handler.source == storage::outside) continue;
        const auto* const module = std::ranges::find(modules_with_data, handler.module, &kept_data::module);
        if (module == modules_with_data.end() ||
            std::ranges::find(module->follows, handler.source) == module->follows.end())
            throw std::logic_error{"app/src/module_databases.cpp does not say that " + handler.module + " follows " +
                                   handler.source};
    }
}

}  // namespace app
