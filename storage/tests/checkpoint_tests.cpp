#include <core/task_group.hpp>
#include <filesystem>
#include <latch>

#include "checkpoint_schedule.hpp"
#include "fixture.hpp"
#include "open_file.hpp"

namespace storage::test {
namespace {

constexpr std::size_t page_in_wal = 4096 + 24;

std::uintmax_t wal_size(const harness::world& world) {
    return std::filesystem::file_size(world.folder.path() / "notes.db-wal");
}

database_settings with_short_wal(const harness::world& world) {
    auto settings = settings_in(world);
    settings.checkpoint_pages = 20;
    return settings;
}

core::awaitable<void> add_notes(database& database, int count, const std::string& prefix) {
    for (int i = 0; i < count; ++i)
        co_await database.write({}, [&](transaction& transaction) {
            add_note(transaction, prefix + std::to_string(i) + std::string(2000, 'x'));
        });
}

core::awaitable<void> search_until(database& database, const bool& done, int& searches) {
    while (!done) {
        (void)co_await database.search([](reader& reader) {
            return reader.query_one<std::int64_t>("SELECT sum(length(text)) IS NULL FROM notes");
        });
        ++searches;
    }
}

core::awaitable<void> hold_snapshot(database& database, std::latch& begun, std::latch& gate) {
    (void)co_await database.search([&](reader& reader) {
        const auto count = reader.query_one<std::int64_t>("SELECT count(*) FROM notes");
        begun.count_down();
        gate.wait();
        return count;
    });
}

}  // namespace

TEST(checkpoint_schedule, leaves_a_short_wal_alone) {
    const checkpoint_schedule schedule{2000};

    EXPECT_EQ(schedule.due(0), checkpoint_kind::none);
    EXPECT_EQ(schedule.due(1999), checkpoint_kind::none);
    EXPECT_EQ(schedule.due(2000), checkpoint_kind::passive);
}

TEST(checkpoint_schedule, tries_again_only_when_there_is_more_to_copy) {
    checkpoint_schedule schedule{2000};
    schedule.tried(2000);

    EXPECT_EQ(schedule.due(2000), checkpoint_kind::none);
    EXPECT_EQ(schedule.due(2999), checkpoint_kind::none);
    EXPECT_EQ(schedule.due(3000), checkpoint_kind::passive);
}

TEST(checkpoint_schedule, begins_anew_with_the_wal) {
    checkpoint_schedule schedule{2000};
    schedule.tried(2500);

    EXPECT_EQ(schedule.due(10), checkpoint_kind::none);
    EXPECT_EQ(schedule.due(2000), checkpoint_kind::passive);
}

TEST(checkpoint_schedule, waits_for_searches_when_the_wal_has_grown) {
    const checkpoint_schedule schedule{2000};

    EXPECT_EQ(schedule.due(5999), checkpoint_kind::passive);
    EXPECT_EQ(schedule.due(6000), checkpoint_kind::restart);
    EXPECT_EQ(schedule.due(11'999), checkpoint_kind::restart);
    EXPECT_EQ(schedule.due(12'000), checkpoint_kind::truncate);
}

CO_TEST(checkpoint, the_wal_stays_short_while_much_is_written) {
    harness::world world;
    database database{world.runtime, with_short_wal(world)};

    co_await add_notes(database, 500, "note ");

    EXPECT_LT(wal_size(world), 40 * page_in_wal);
    EXPECT_EQ(count_notes(database), 500);
}

// RELIABILITY G10.
CO_TEST(checkpoint, the_wal_stays_short_while_searches_overlap) {
    harness::world world;
    database database{world.runtime, with_short_wal(world)};
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    bool done = false;
    int searches = 0;
    for (int i = 0; i < 3; ++i) tasks.spawn("search", search_until(database, done, searches));

    co_await add_notes(database, 500, "note ");
    done = true;
    co_await tasks.join();

    EXPECT_LT(wal_size(world), 160 * page_in_wal);
    EXPECT_GT(searches, 3);
}

CO_TEST(checkpoint, a_long_search_is_no_error_and_the_wal_is_short_again_after_it) {
    harness::world world;
    database database{world.runtime, with_short_wal(world)};
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    std::latch begun{1};
    std::latch gate{1};
    tasks.spawn("search", hold_snapshot(database, begun, gate));
    begun.wait();

    co_await add_notes(database, 15, "before ");
    const auto while_held = wal_size(world);
    gate.count_down();
    co_await tasks.join();
    co_await add_notes(database, 300, "after ");

    EXPECT_GT(while_held, 20 * page_in_wal);
    EXPECT_LT(wal_size(world), while_held + 100 * page_in_wal);
    EXPECT_EQ(database.trouble(), "");
    EXPECT_FALSE(world.fatal);
}

TEST(opening, checks_every_page_of_a_file_that_is_not_too_large) {
    constexpr std::uintmax_t mebibyte = 1U << 20U;

    EXPECT_TRUE(is_checked_whole(16 * mebibyte, true));
    EXPECT_FALSE(is_checked_whole(17 * mebibyte, true));
    EXPECT_TRUE(is_checked_whole(256 * mebibyte, false));
    EXPECT_FALSE(is_checked_whole(257 * mebibyte, false));
}

}  // namespace storage::test
