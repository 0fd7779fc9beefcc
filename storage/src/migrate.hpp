#pragma once

#include <core/clock.hpp>
#include <core/embedded_file.hpp>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "connection.hpp"

namespace storage {

struct migration {
    std::string component;  // "storage" or the module
    std::int64_t version = 0;
    std::string name;
    std::string_view sql;
};

// 0001_users.sql → version 1, in order and without gaps; a mistake in the names is a mistake in the program.
[[nodiscard]] std::vector<migration> plan(const std::string& component, std::span<const core::embedded_file> files);

struct migration_state {
    std::vector<migration> pending;
    std::string newer;  // what a newer Busbar did to this file; empty when nothing
};

// Compares a file's own record with what this program knows. Reads only.
[[nodiscard]] migration_state compare(connection& connection, const std::vector<migration>& known);

// Each in a transaction of its own together with its version.
void apply(connection& connection, const std::vector<migration>& pending, core::timestamp now);

}  // namespace storage
