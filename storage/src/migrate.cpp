#include "migrate.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <storage/reader.hpp>
#include <storage/transaction.hpp>

namespace storage {

std::vector<migration> plan(const std::string& component, std::span<const core::embedded_file> files) {
    std::vector<migration> migrations;
    for (const auto& file : files) {
        std::int64_t version = 0;
        [[maybe_unused]] const auto [end, error] =
            std::from_chars(file.name.data(), file.name.data() + file.name.size(), version);
        assert(error == std::errc{} && version == static_cast<std::int64_t>(migrations.size()) + 1);
        migrations.push_back({component, version, std::string{file.name}, file.content});
    }
    return migrations;
}

migration_state compare(connection& connection, const std::vector<migration>& known) {
    reader reader{connection};
    migration_state state;
    const bool is_new =
        reader.query_one<std::int64_t>("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'") == 0;
    if (is_new) {
        state.pending = known;
        return state;
    }
    const auto applied = reader.query_all<std::string, std::int64_t, std::string>(
        "SELECT component, version, name FROM schema_migrations ORDER BY component, version");
    for (const auto& [component, version, name] : applied) {
        const bool is_known = std::ranges::any_of(
            known, [&](const migration& one) { return one.component == component && one.version == version; });
        if (!is_known) state.newer += (state.newer.empty() ? "" : ", ") + component + "/" + name;
    }
    for (const auto& one : known) {
        const bool is_applied = std::ranges::any_of(applied, [&](const auto& row) {
            return std::get<0>(row) == one.component && std::get<1>(row) == one.version;
        });
        if (!is_applied) state.pending.push_back(one);
    }
    return state;
}

void apply(connection& connection, const std::vector<migration>& pending, core::timestamp now) {
    for (const auto& one : pending) {
        connection.run("BEGIN IMMEDIATE");
        try {
            connection.run(
                "CREATE TABLE IF NOT EXISTS schema_migrations (component TEXT NOT NULL, version INTEGER NOT NULL, "
                "name TEXT NOT NULL, applied_at INTEGER NOT NULL, PRIMARY KEY (component, version)) STRICT, WITHOUT "
                "ROWID");
            connection.run(std::string{one.sql});
            if (reader{connection}.query_optional<std::string>("PRAGMA foreign_key_check"))
                throw error{failure::other, one.name + " leaves rows that refer to nothing"};
            auto& note = connection.prepared("INSERT INTO schema_migrations VALUES (?1, ?2, ?3, ?4)");
            note.bind(1, one.component);
            note.bind(2, one.version);
            note.bind(3, one.name);
            note.bind(4, now);
            note.step();
            note.reset();
            connection.run("COMMIT");
        } catch (...) {
            if (!connection.autocommit()) connection.run("ROLLBACK");
            throw;
        }
    }
}

}  // namespace storage
