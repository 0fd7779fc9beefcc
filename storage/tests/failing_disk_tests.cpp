#include "power_loss_vfs.hpp"
#include "torture.hpp"

namespace storage::test {
namespace {

core::awaitable<std::optional<failure>> try_to_write(database& database) {
    std::optional<failure> kind;
    try {
        co_await database.write({}, [](transaction& transaction) { append_event(transaction, "key"); });
    } catch (const error& thrown) {
        kind = thrown.kind();
    }
    co_return kind;
}

// Writes until the WAL has been copied, or should have been.
core::awaitable<int> write_past_a_checkpoint(database& database) {
    int acknowledged = 0;
    for (int i = 0; i < 20; ++i) acknowledged += (co_await try_to_write(database)) ? 0 : 1;
    co_return acknowledged;
}

database_settings with_short_wal(const harness::world& world) {
    auto settings = settings_in(world);
    settings.checkpoint_pages = 20;
    return settings;
}

struct struck_run {
    bool has_struck = false;
    bool was_opened = false;
    int failed = 0;
    int acknowledged_after_failure = 0;
    promises told;
};

// Opens, writes and checkpoints while one operation of the disk fails.
core::awaitable<struck_run> run_while_failing(harness::world& world, disk_fault fault) {
    auto& disk = power_loss_vfs::install();
    struck_run run;
    disk.inject(std::move(fault));
    try {
        database database{world.runtime, torture_settings(world.folder.path(), durability::full)};
        run.was_opened = true;
        for (std::int64_t id = 1; id <= 12; ++id) {
            try {
                co_await add_order(database, id);
                run.told.committed.insert(id);
                if (run.failed > 0) ++run.acknowledged_after_failure;
            } catch (const error&) {
                ++run.failed;
            }
        }
        run.has_struck = disk.heal();
        database.stop();
    } catch (const core::fatal_error& refusal) {
        run.has_struck = disk.heal();
        world.fatal = refusal;
    }
    co_return run;
}

core::awaitable<void> expect_the_end(harness::world& world, struck_run run) {
    EXPECT_EQ(run.acknowledged_after_failure, 0);
    EXPECT_TRUE(world.fatal.has_value());
    if (world.fatal) EXPECT_EQ(world.fatal->code(), core::exit_code::storage_failed) << world.fatal->what();
    EXPECT_EQ(co_await violation_in(world.folder.path(), run.told, true), "");
}

core::awaitable<void> expect_no_end(harness::world& world, struck_run run) {
    // In the middle of its opening a file cannot be used; else it costs at most the one commit.
    EXPECT_EQ(world.fatal.has_value(), !run.was_opened);
    EXPECT_LE(run.failed, 1);
    EXPECT_EQ(co_await violation_in(world.folder.path(), run.told, true), "");
}

using expectation = core::awaitable<void>(harness::world&, struck_run);

// `goes_on`: there was an operation of this number.
core::awaitable<void> fail_at(disk_fault fault, expectation& expect, bool& goes_on) {
    harness::world world;
    const auto run = co_await run_while_failing(world, std::move(fault));
    goes_on = run.has_struck;
    if (run.has_struck)
        co_await expect(world, run);
    else
        EXPECT_EQ(run.told.committed.size(), 12U);
}

// Once at each operation of this kind, from the making of the file to its checkpoints. Returns how many there are.
std::size_t fail_at_each(disk_operation operation, int code, expectation& expect) {
    std::size_t skip = 0;
    for (bool goes_on = true; goes_on; ++skip) {
        SCOPED_TRACE("operation " + std::to_string(skip));
        goes_on = false;
        const disk_fault fault{.operation = operation, .code = code, .skip = skip};
        harness::run([&] { return fail_at(fault, expect, goes_on); });
    }
    return skip - 1;
}

}  // namespace

// PostgreSQL's lesson of 2018: after a failed sync the next may lie, so the first failure is the last write.
CO_TEST(failing_disk, a_failed_sync_ends_all_writing_and_acknowledges_nothing) {
    harness::world world;
    auto& disk = power_loss_vfs::install();
    database database{world.runtime, settings_in(world)};
    EXPECT_EQ(co_await try_to_write(database), std::nullopt);

    disk.inject({.operation = disk_operation::sync});
    const auto first = co_await try_to_write(database);
    disk.heal();
    const auto second = co_await try_to_write(database);

    EXPECT_EQ(first, failure::io);
    EXPECT_EQ(second, failure::stopped);
    CO_ASSERT_TRUE(world.fatal.has_value());
    EXPECT_EQ(world.fatal->code(), core::exit_code::storage_failed);
    EXPECT_FALSE(database.trouble().empty());
    EXPECT_EQ(database.events_after(0, 10).size(), 1U);
}

// Closing would copy it over a file whose disk has just failed, and delete it.
CO_TEST(failing_disk, the_wal_is_kept_for_the_next_start) {
    harness::world world;
    auto& disk = power_loss_vfs::install();
    {
        database database{world.runtime, settings_in(world)};
        EXPECT_EQ(co_await try_to_write(database), std::nullopt);
        disk.inject({.operation = disk_operation::sync});
        EXPECT_EQ(co_await try_to_write(database), failure::io);
        disk.heal();
        database.stop();
    }
    EXPECT_TRUE(std::filesystem::exists(world.folder.path() / "notes.db-wal"));

    database reopened{world.runtime, settings_in(world)};

    EXPECT_GE(reopened.head(), 1);
    EXPECT_TRUE(world.log.entries().empty()) << "nothing is missing, so nobody is alarmed";
}

TEST(failing_disk, one_failed_sync_anywhere_is_the_end_of_all_writing) {
    EXPECT_GT(fail_at_each(disk_operation::sync, SQLITE_IOERR, expect_the_end), 12U);
}

TEST(failing_disk, one_failed_write_anywhere_is_the_end_of_all_writing) {
    EXPECT_GT(fail_at_each(disk_operation::write, SQLITE_IOERR, expect_the_end), 24U);
}

TEST(failing_disk, one_failed_read_anywhere_is_the_end_of_all_writing) {
    EXPECT_GT(fail_at_each(disk_operation::read, SQLITE_IOERR, expect_the_end), 12U);
}

TEST(failing_disk, a_disk_that_is_full_once_costs_at_most_the_commit_that_it_refused) {
    EXPECT_GT(fail_at_each(disk_operation::write, SQLITE_FULL, expect_no_end), 24U);
}

// The checkpoint is nobody's commit; its failure must not go unseen.
CO_TEST(failing_disk, a_checkpoint_that_cannot_sync_ends_all_writing) {
    harness::world world;
    auto& disk = power_loss_vfs::install();
    database database{world.runtime, with_short_wal(world)};

    disk.inject({.operation = disk_operation::sync, .file_ends_with = ".db"});
    const auto acknowledged = co_await write_past_a_checkpoint(database);
    EXPECT_TRUE(disk.heal());
    database.stop();

    CO_ASSERT_TRUE(world.fatal.has_value());
    EXPECT_EQ(world.fatal->code(), core::exit_code::storage_failed);
    EXPECT_LT(acknowledged, 20);
    EXPECT_EQ(database.events_after(0, 100).size(), static_cast<std::size_t>(acknowledged));
}

CO_TEST(failing_disk, a_full_disk_at_a_checkpoint_is_told_and_taken_back_by_itself) {
    harness::world world;
    auto& disk = power_loss_vfs::install();
    database database{world.runtime, with_short_wal(world)};

    disk.inject({.operation = disk_operation::write, .file_ends_with = ".db", .code = SQLITE_FULL, .once = false});
    EXPECT_EQ(co_await write_past_a_checkpoint(database), 20) << "the WAL still takes them";
    EXPECT_FALSE(database.trouble().empty());
    EXPECT_TRUE(disk.heal());

    co_await harness::eventually([&] { return database.trouble().empty(); });
    EXPECT_FALSE(world.fatal);
}

}  // namespace storage::test
