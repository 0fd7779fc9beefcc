#pragma once

#include <core/clock.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <storage/database.hpp>

#include "connection.hpp"
#include "migrate.hpp"

namespace storage {

// The writer's connection to a file that has been made, or checked, backed up and migrated.
// Throws core::fatal_error: damaged_data (also for newer data) leaves the file as it was.
[[nodiscard]] std::unique_ptr<connection> open_for_writing(const database_settings& settings, core::timestamp now);

// Whether every page of a file is read at its opening: that must not make a start after a crash take minutes.
[[nodiscard]] bool is_checked_whole(std::uintmax_t size, bool was_closed_clean);

[[nodiscard]] std::filesystem::path file_of(const database_settings& settings);

}  // namespace storage
