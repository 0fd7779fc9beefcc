#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <storage/data_directory.hpp>
#include <storage/schema.hpp>

#include "fixture.hpp"

namespace storage::test {
namespace {

namespace fs = std::filesystem;

std::optional<core::fatal_error> failure_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const core::fatal_error& failure) {
        return failure;
    }
    return std::nullopt;
}

std::string content_of(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

void write_file(const fs::path& file, const std::string& content) { std::ofstream{file, std::ios::binary} << content; }

void run_sql(const fs::path& file, const char* sql) {
    sqlite3* connection = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &connection), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(connection);
    sqlite3_close(connection);
}

// A database with some notes, closed clean.
core::awaitable<void> make_notes(harness::world& world) {
    database database{world.runtime, settings_in(world)};
    co_await database.write({}, [](transaction& transaction) {
        for (int i = 0; i < 200; ++i) add_note(transaction, std::string(100, 'n') + std::to_string(i));
        append_event(transaction, "key");
    });
    database.stop();
}

void expect_refused_untouched(harness::world& world, std::string_view reason) {
    const auto file = world.folder.path() / "notes.db";
    const auto before = content_of(file);

    const auto failure = failure_of([&] { const database database{world.runtime, settings_in(world)}; });

    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code(), core::exit_code::damaged_data);
    EXPECT_TRUE(std::string_view{failure->what()}.contains(reason)) << failure->what();
    EXPECT_EQ(content_of(file), before);
}

}  // namespace

CO_TEST(opening, an_empty_file_is_not_taken_for_a_new_one) {
    harness::world world;
    write_file(world.folder.path() / "notes.db", "");

    expect_refused_untouched(world, "is empty");
    co_return;
}

CO_TEST(opening, something_else_under_the_name_is_refused) {
    harness::world world;
    write_file(world.folder.path() / "notes.db", std::string(10'000, 'x'));

    expect_refused_untouched(world, "is damaged");
    co_return;
}

CO_TEST(opening, a_database_of_another_program_is_refused) {
    harness::world world;
    run_sql(world.folder.path() / "notes.db", "CREATE TABLE t (a)");

    expect_refused_untouched(world, "is not a database of Busbar");
    co_return;
}

CO_TEST(opening, a_flipped_byte_inside_is_found) {
    harness::world world;
    co_await make_notes(world);
    const auto file = world.folder.path() / "notes.db";
    auto content = content_of(file);
    for (std::size_t page = 1; page * 4096 < content.size(); ++page) content.replace(page * 4096, 3, "\xff\xff\xff");
    write_file(file, content);

    expect_refused_untouched(world, "is damaged");
}

CO_TEST(opening, a_truncated_file_is_found) {
    harness::world world;
    co_await make_notes(world);
    const auto file = world.folder.path() / "notes.db";
    fs::resize_file(file, fs::file_size(file) / 2);

    expect_refused_untouched(world, "is damaged");
}

CO_TEST(opening, a_log_without_its_database_is_refused) {
    harness::world world;
    write_file(world.folder.path() / "notes.db-wal", "something");

    const auto failure = failure_of([&] { const database database{world.runtime, settings_in(world)}; });

    CO_ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->code(), core::exit_code::damaged_data);
    EXPECT_FALSE(fs::exists(world.folder.path() / "notes.db"));
}

CO_TEST(opening, data_of_a_newer_version_is_refused) {
    harness::world world;
    {
        const database newer{world.runtime, settings_in(world, second_schema)};
    }

    expect_refused_untouched(world, "newer version of Busbar (notes/0002_colour.sql)");
    co_return;
}

CO_TEST(opening, a_migration_is_made_after_a_backup) {
    harness::world world;
    co_await make_notes(world);

    database database{world.runtime, settings_in(world, second_schema)};

    EXPECT_EQ(
        database.read([](reader& reader) { return reader.query_one<std::string>("SELECT colour FROM notes LIMIT 1"); }),
        "red");
    std::vector<fs::path> backups;
    for (const auto& entry : fs::directory_iterator{world.folder.path() / "backups"}) backups.push_back(entry.path());
    CO_ASSERT_TRUE(backups.size() == 1);
    auto restored = settings_in(world);
    restored.folder /= "restored";
    fs::create_directory(restored.folder);
    fs::copy_file(backups[0], restored.folder / "notes.db");
    storage::database as_before{world.runtime, restored};
    EXPECT_EQ(count_notes(as_before), 200);
}

CO_TEST(opening, a_failing_migration_changes_nothing) {
    harness::world world;
    co_await make_notes(world);
    static constexpr std::array<core::embedded_file, 2> broken{
        {first_schema[0], {"0002_broken.sql", "CREATE TABLE extra (a); SELECT nonsense;"}}};

    const auto failure = failure_of([&] { const database database{world.runtime, settings_in(world, broken)}; });

    CO_ASSERT_TRUE(failure.has_value());
    const database as_before{world.runtime, settings_in(world)};
    EXPECT_EQ(schema_status(settings_in(world)).back().name, "0001_notes.sql");
}

CO_TEST(opening, the_schema_can_be_asked_for_without_touching_the_file) {
    harness::world world;
    EXPECT_FALSE(schema_status(settings_in(world)).front().is_applied);
    EXPECT_FALSE(fs::exists(world.folder.path() / "notes.db"));

    migrate(settings_in(world), world.clock.now());

    EXPECT_TRUE(schema_status(settings_in(world)).back().is_applied);
    co_return;
}

CO_TEST(opening, an_unclean_end_begins_a_new_epoch_and_a_clean_one_does_not) {
    harness::world world;
    co_await make_notes(world);
    {
        database clean{world.runtime, settings_in(world)};
        EXPECT_EQ(clean.epochs().size(), 1U);
        EXPECT_EQ(clean.head(), 1);
    }
    run_sql(world.folder.path() / "notes.db", "UPDATE log_state SET closed_clean = 0");

    database reopened{world.runtime, settings_in(world)};

    const auto epochs = reopened.epochs();
    CO_ASSERT_TRUE(epochs.size() == 2);
    EXPECT_EQ(epochs[1].first_sequence, 2);
}

// Retention may remove all rows: the numbers go on all the same.
CO_TEST(opening, sequences_go_on_after_the_log_was_emptied) {
    harness::world world;
    co_await make_notes(world);
    run_sql(world.folder.path() / "notes.db", "DELETE FROM event_log");

    database database{world.runtime, settings_in(world)};
    co_await database.write({}, [](transaction& transaction) { append_event(transaction, "next"); });

    EXPECT_EQ(database.events_after(0, 1).at(0).sequence, 2);
}

CO_TEST(data_directory, belongs_to_one_at_a_time) {
    const harness::temporary_folder folder;
    const data_directory first{folder.path() / "data"};

    const auto failure = failure_of([&] { const data_directory second{folder.path() / "data"}; });

    CO_ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->code(), core::exit_code::directory_held);
    EXPECT_TRUE(std::string_view{failure->what()}.contains("process " + std::to_string(::getpid()))) << failure->what();
    EXPECT_EQ(fs::status(folder.path() / "data").permissions(), fs::perms::owner_all);
    co_return;
}

CO_TEST(data_directory, can_be_taken_again_afterwards) {
    const harness::temporary_folder folder;
    {
        const data_directory first{folder.path()};
    }

    EXPECT_FALSE(failure_of([&] { const data_directory second{folder.path()}; }));
    co_return;
}

CO_TEST(data_directory, says_why_it_cannot_be_used) {
    const harness::temporary_folder folder;
    write_file(folder.path() / "file", "x");

    const auto no_folder = failure_of([&] { const data_directory directory{folder.path() / "file"}; });
    const auto unwritable = failure_of([&] { const data_directory directory{"/proc/busbar"}; });

    CO_ASSERT_TRUE(no_folder && unwritable);
    EXPECT_EQ(no_folder->code(), core::exit_code::configuration);
    EXPECT_EQ(unwritable->code(), core::exit_code::storage_failed);
    co_return;
}

}  // namespace storage::test
