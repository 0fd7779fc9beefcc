#pragma once

#include <core/clock.hpp>
#include <storage/database.hpp>
#include <string>
#include <vector>

namespace storage {

struct migration_status {
    std::string component;  // "storage" for what every module's file has, else the module
    std::string name;
    bool is_applied = false;
};

// What a database has of the schema of this version; all pending for a file that is not there. Writes nothing, and may
// be called while another process uses the file. Throws core::fatal_error (damaged_data) for a file that this version
// must not use.
[[nodiscard]] std::vector<migration_status> schema_status(const database_settings& settings);

// Makes, backs up, migrates, as opening a database does. The data directory must be held.
void migrate(const database_settings& settings, core::timestamp now);

}  // namespace storage
