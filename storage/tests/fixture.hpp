#pragma once

#include <array>
#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <storage/database.hpp>
#include <string>

namespace storage::test {

inline constexpr std::array<core::embedded_file, 1> first_schema{{
    {"0001_notes.sql",
     "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;"
     "CREATE TABLE links (note INTEGER REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED) STRICT;"},
}};

inline constexpr std::array<core::embedded_file, 2> second_schema{{
    first_schema[0],
    {"0002_colour.sql", "ALTER TABLE notes ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';"},
}};

inline database_settings settings_in(const harness::world& world,
                                     std::span<const core::embedded_file> schema = first_schema) {
    database_settings settings;
    settings.folder = world.folder.path();
    settings.name = "notes";
    settings.migrations = schema;
    return settings;
}

inline void add_note(transaction& transaction, const std::string& text) {
    transaction.execute("INSERT INTO notes (text) VALUES (?1)", text);
}

inline void append_event(transaction& transaction, const std::string& key) {
    event_record record;
    record.type = "notes.note_added";
    record.key = key;
    record.data = "{}";
    transaction.append(std::move(record), {});
}

inline std::int64_t count_notes(database& database) {
    return database.read([](reader& reader) { return reader.query_one<std::int64_t>("SELECT count(*) FROM notes"); });
}

}  // namespace storage::test
