#include <core/task_group.hpp>
#include <latch>
#include <stdexcept>
#include <storage/database.hpp>

#include "fixture.hpp"

using harness::metric;

namespace storage::test {
namespace {

core::awaitable<void> write_note(database& database, std::string text) {
    co_await database.write({}, [&](transaction& transaction) { add_note(transaction, text); });
}

core::awaitable<void> hold_writer(database& database, std::latch& begun, std::latch& gate) {
    co_await database.write({}, [&](transaction&) {
        begun.count_down();
        gate.wait();
    });
}

}  // namespace

CO_TEST(storage_metrics, tell_how_many_writes_shared_a_commit_and_how_many_wait) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    std::latch begun{1};
    std::latch gate{1};
    tasks.spawn("holder", hold_writer(database, begun, gate));
    co_await harness::settle();
    begun.wait();  // what comes now waits for the next commit
    for (int i = 0; i < 5; ++i) tasks.spawn("note", write_note(database, "note"));
    co_await harness::settle();
    EXPECT_EQ(co_await metric(world, R"(busbar_storage_writes_waiting{module="notes"})"), 5.0);
    gate.count_down();
    co_await tasks.join();

    EXPECT_EQ(co_await metric(world, R"(busbar_storage_commit_units_count{module="notes"})"), 2.0);
    EXPECT_EQ(co_await metric(world, R"(busbar_storage_commit_units_sum{module="notes"})"), 6.0);
    EXPECT_EQ(co_await metric(world, R"(busbar_storage_commit_duration_seconds_count{module="notes"})"), 2.0);
    EXPECT_EQ(co_await metric(world, R"(busbar_storage_writes_waiting{module="notes"})"), 0.0);
    EXPECT_EQ(co_await metric(world, R"(busbar_storage_commits_failed_total{module="notes"})"), 0.0);
    EXPECT_GT(co_await metric(world, R"(busbar_storage_wal_bytes{module="notes"})"), 0.0);
    database.stop();
}

CO_TEST(storage_metrics, count_a_commit_of_which_nothing_was_kept) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    co_await database.write(
        {}, [](transaction& transaction) { (void)transaction.query_one<std::int64_t>("PRAGMA max_page_count = 1"); });
    bool is_refused = false;
    try {
        co_await database.write({}, [](transaction& transaction) {
            for (int i = 0; i < 100; ++i) add_note(transaction, std::string(2000, 'x'));
        });
    } catch (const error&) {
        is_refused = true;
    }

    EXPECT_TRUE(is_refused);
    EXPECT_EQ(co_await metric(world, R"(busbar_storage_commits_failed_total{module="notes"})"), 1.0);
    database.stop();
}

}  // namespace storage::test
