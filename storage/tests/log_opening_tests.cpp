#include <filesystem>
#include <fstream>
#include <storage/schema.hpp>

#include "fixture.hpp"
#include "log_opening.hpp"

namespace storage::test {
namespace {

namespace fs = std::filesystem;

// A file that was opened seven times, is in its third epoch and was closed clean, with the note that belongs to it.
opening_facts usual() {
    return {.epoch = 3,
            .generation = 7,
            .next_sequence = 42,
            .was_closed_clean = true,
            .had_wal = false,
            .noted = generation_note{7, 3}};
}

fs::path file_in(const harness::world& world) { return world.folder.path() / "notes.db"; }
fs::path note_in(const harness::world& world) { return world.folder.path() / "notes.generation"; }

core::awaitable<void> append_and_close(harness::world& world, int events) {
    database database{world.runtime, settings_in(world)};
    for (int i = 0; i < events; ++i)
        co_await database.write({}, [](transaction& transaction) { append_event(transaction, "key"); });
    database.stop();
}

// What a killed process leaves: the files as they are while the database is open.
void copy_as_killed(const harness::world& world, const fs::path& to) {
    fs::create_directories(to);
    for (const auto* name : {"notes.db", "notes.db-wal", "notes.generation"})
        if (fs::exists(world.folder.path() / name)) fs::copy_file(world.folder.path() / name, to / name);
}

std::vector<std::string> alarms(const harness::world& world) {
    std::vector<std::string> names;
    for (const auto& entry : world.log.entries())
        if (entry.level >= core::log_level::warning) names.push_back(entry.name);
    return names;
}

std::string reason_of_newest_epoch(database& database) {
    return database.read([](reader& reader) {
        return reader.query_one<std::string>("SELECT reason FROM log_epochs ORDER BY epoch DESC LIMIT 1");
    });
}

}  // namespace

TEST(log_opening, a_clean_end_goes_on_in_its_epoch) {
    EXPECT_EQ(decide_opening(usual()), (log_opening{3, 8, 42, "", opening_alarm::none}));
}

TEST(log_opening, a_new_file_begins_its_first_epoch) {
    EXPECT_EQ(decide_opening({}), (log_opening{1, 1, 1, "created", opening_alarm::none}));
}

TEST(log_opening, an_unclean_end_begins_an_epoch) {
    auto facts = usual();
    facts.was_closed_clean = false;
    facts.had_wal = true;

    EXPECT_EQ(decide_opening(facts), (log_opening{4, 8, 42, "unclean end", opening_alarm::none}));
}

TEST(log_opening, an_unclean_end_without_a_wal_is_told) {
    auto facts = usual();
    facts.was_closed_clean = false;

    EXPECT_EQ(decide_opening(facts), (log_opening{4, 8, 42, "unclean end", opening_alarm::wal_missing}));
}

TEST(log_opening, a_clean_end_leaves_no_wal_and_that_is_right) {
    auto facts = usual();
    facts.had_wal = false;

    EXPECT_EQ(decide_opening(facts).alarm, opening_alarm::none);
}

TEST(log_opening, a_file_that_went_back_begins_an_epoch_beyond_all_that_were) {
    auto facts = usual();
    facts.noted = generation_note{12, 5};

    EXPECT_EQ(decide_opening(facts), (log_opening{6, 13, 42, "restored", opening_alarm::went_back}));
}

TEST(log_opening, a_file_that_went_back_within_its_epoch_begins_one_too) {
    auto facts = usual();
    facts.noted = generation_note{8, 3};

    EXPECT_EQ(decide_opening(facts), (log_opening{4, 9, 42, "restored", opening_alarm::went_back}));
}

TEST(log_opening, going_back_weighs_more_than_an_unclean_end) {
    auto facts = usual();
    facts.was_closed_clean = false;
    facts.had_wal = true;
    facts.noted = generation_note{8, 4};

    EXPECT_EQ(decide_opening(facts), (log_opening{5, 9, 42, "restored", opening_alarm::went_back}));
}

TEST(log_opening, an_epoch_that_the_file_does_not_know_is_enough) {
    auto facts = usual();
    facts.noted = generation_note{7, 4};

    EXPECT_EQ(decide_opening(facts), (log_opening{5, 8, 42, "restored", opening_alarm::went_back}));
}

TEST(log_opening, a_note_that_is_older_or_missing_does_no_harm) {
    auto facts = usual();
    facts.noted = generation_note{2, 1};
    EXPECT_EQ(decide_opening(facts), (log_opening{3, 8, 42, "", opening_alarm::none}));

    facts.noted = std::nullopt;
    EXPECT_EQ(decide_opening(facts), (log_opening{3, 8, 42, "", opening_alarm::none}));
}

TEST(log_opening, a_new_file_where_one_was_does_not_give_its_epochs_again) {
    opening_facts facts;
    facts.noted = generation_note{12, 5};

    EXPECT_EQ(decide_opening(facts), (log_opening{6, 13, 1, "created", opening_alarm::began_anew}));
}

TEST(generation_note, is_read_as_it_was_written_and_else_not_at_all) {
    const harness::temporary_folder folder;
    const auto path = folder.path() / "notes.generation";

    EXPECT_EQ(read_note(path), std::nullopt);
    write_note(path, {12, 5});
    EXPECT_EQ(read_note(path), (generation_note{12, 5}));
    for (const auto* broken : {"", "generation", "generation 12 epoch", "generation x epoch 5", "age 12 epoch 5"}) {
        std::ofstream{path} << broken;
        EXPECT_EQ(read_note(path), std::nullopt) << broken;
    }
}

// CONFORMANCE D9, the producer's side.
CO_TEST(opening, a_file_put_back_from_a_copy_is_recognised) {
    harness::world world;
    co_await append_and_close(world, 3);
    fs::copy_file(file_in(world), world.folder.path() / "copy");
    co_await append_and_close(world, 100);
    EXPECT_TRUE(alarms(world).empty());
    fs::rename(world.folder.path() / "copy", file_in(world));

    database restored{world.runtime, settings_in(world)};

    EXPECT_EQ(alarms(world), std::vector<std::string>{"the database is older than when it was last opened"});
    EXPECT_EQ(reason_of_newest_epoch(restored), "restored");
    const auto epochs = restored.epochs();
    CO_ASSERT_TRUE(epochs.size() == 2);
    EXPECT_EQ(epochs[1].epoch, 2);
    EXPECT_EQ(epochs[1].first_sequence, 4);
}

CO_TEST(opening, the_alarm_of_a_restored_file_is_given_once) {
    harness::world world;
    co_await append_and_close(world, 1);
    fs::copy_file(file_in(world), world.folder.path() / "copy");
    co_await append_and_close(world, 1);
    fs::rename(world.folder.path() / "copy", file_in(world));

    co_await append_and_close(world, 1);
    co_await append_and_close(world, 1);

    EXPECT_EQ(alarms(world).size(), 1U);
    EXPECT_EQ(read_note(note_in(world)), (generation_note{4, 2}));
}

// The opening itself is in the lost -wal, so the file looks as if it had been closed clean.
CO_TEST(opening, a_lost_wal_is_recognised) {
    harness::world world;
    harness::world killed;
    co_await append_and_close(world, 1);
    {
        database database{world.runtime, settings_in(world)};
        co_await database.write({}, [](transaction& transaction) { append_event(transaction, "lost"); });
        copy_as_killed(world, killed.folder.path());
    }
    CO_ASSERT_TRUE(fs::remove(killed.folder.path() / "notes.db-wal"));

    database reopened{killed.runtime, settings_in(killed)};

    EXPECT_EQ(alarms(killed), std::vector<std::string>{"the database is older than when it was last opened"});
    EXPECT_EQ(reopened.epochs().size(), 2U);
}

CO_TEST(opening, a_kill_gives_no_alarm) {
    harness::world world;
    harness::world killed;
    {
        database database{world.runtime, settings_in(world)};
        co_await database.write({}, [](transaction& transaction) { append_event(transaction, "kept"); });
        copy_as_killed(world, killed.folder.path());
    }

    database reopened{killed.runtime, settings_in(killed)};

    EXPECT_TRUE(alarms(killed).empty());
    EXPECT_EQ(reason_of_newest_epoch(reopened), "unclean end");
    EXPECT_EQ(reopened.head(), 1);
}

// `busbar migrate` between a crash and the next start must not hide that there was one.
CO_TEST(opening, migrating_after_a_kill_gives_no_alarm_either) {
    harness::world world;
    harness::world killed;
    {
        database database{world.runtime, settings_in(world)};
        co_await database.write({}, [](transaction& transaction) { append_event(transaction, "kept"); });
        copy_as_killed(world, killed.folder.path());
    }
    migrate(settings_in(killed, second_schema), killed.clock.now());

    database reopened{killed.runtime, settings_in(killed, second_schema)};

    EXPECT_TRUE(alarms(killed).empty());
    EXPECT_EQ(reason_of_newest_epoch(reopened), "unclean end");
    EXPECT_EQ(reopened.head(), 1);
}

CO_TEST(opening, a_note_that_cannot_be_written_is_no_reason_not_to_start) {
    harness::world world;
    fs::create_directory(note_in(world));
    fs::create_directory(note_in(world) / "in the way");

    database database{world.runtime, settings_in(world)};

    EXPECT_EQ(alarms(world), std::vector<std::string>{"the generation of the database could not be noted"});
    EXPECT_EQ(database.head(), 0);
    co_return;
}

}  // namespace storage::test
