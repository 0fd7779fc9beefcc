#include <sys/resource.h>
#include <unistd.h>

#include <core/task_group.hpp>
#include <latch>
#include <stdexcept>
#include <storage/database.hpp>

#include "fixture.hpp"

namespace storage::test {
namespace {

core::awaitable<void> write_note(database& database, std::string text, bool fails, std::vector<std::string>& outcomes) {
    std::string outcome = "committed";
    try {
        co_await database.write({}, [&](transaction& transaction) {
            add_note(transaction, text);
            append_event(transaction, text);
            if (fails) throw std::runtime_error{"refused"};
        });
    } catch (const std::exception& failure) {
        outcome = failure.what();
    }
    outcomes.push_back(outcome);
}

core::awaitable<void> hold_writer(database& database, std::latch& gate) {
    co_await database.write({}, [&gate](transaction&) { gate.wait(); });
}

// Units that wait while the writer is busy form one batch.
core::awaitable<std::vector<std::string>> write_together(harness::world& world, database& database,
                                                         std::function<bool(int)> fails) {
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    std::latch gate{1};
    std::vector<std::string> outcomes;
    tasks.spawn("holder", hold_writer(database, gate));
    for (int i = 0; i < 20; ++i)
        tasks.spawn("note", write_note(database, "note " + std::to_string(i), fails(i), outcomes));
    co_await harness::settle();
    gate.count_down();
    co_await tasks.join();
    co_return outcomes;
}

}  // namespace

CO_TEST(database, what_is_written_is_read) {
    harness::world world;
    database database{world.runtime, settings_in(world)};

    const auto id = co_await database.write({}, [](transaction& transaction) {
        return transaction.query_one<std::int64_t>("INSERT INTO notes (text) VALUES (?1) RETURNING id", "hello");
    });

    EXPECT_EQ(id, 1);
    EXPECT_EQ(database.read([](reader& reader) { return reader.query_one<std::string>("SELECT text FROM notes"); }),
              "hello");
    EXPECT_EQ(co_await database.search(
                  [](reader& reader) { return reader.query_all<std::string>("SELECT text FROM notes"); }),
              std::vector<std::string>{"hello"});
    database.stop();
}

CO_TEST(database, may_be_written_by_a_thread_that_lets_others_go_first) {
    harness::world world;
    auto settings = settings_in(world);
    settings.niceness = 19;
    const auto own_niceness = [] { return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())); };
    const auto before = own_niceness();
    database database{world.runtime, settings};

    const auto of_writer = co_await database.write({}, [&](transaction&) { return own_niceness(); });

    EXPECT_EQ(of_writer, 19);
    EXPECT_EQ(own_niceness(), before) << "the loop's thread";
    database.stop();
}

CO_TEST(database, every_kind_of_value_comes_back_as_it_was) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const std::string bytes{"a\0b", 3};
    const core::timestamp time{std::chrono::milliseconds{1234}};

    const auto row = database.read([&](reader& reader) {
        return reader.query_one<std::string, std::string, std::int64_t, double, bool, core::timestamp,
                                std::optional<std::string>, std::optional<std::int64_t>>(
            "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8", std::string{}, blob{bytes}, std::int64_t{-1}, 0.25, true, time,
            std::optional<std::string>{}, 7);
    });

    EXPECT_EQ(row, std::make_tuple("", bytes, -1, 0.25, true, time, std::nullopt, 7));
    co_return;
}

CO_TEST(database, a_unit_that_throws_leaves_nothing_and_the_writer_goes_on) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    std::vector<std::string> outcomes;
    co_await write_note(database, "one", true, outcomes);
    co_await write_note(database, "two", false, outcomes);

    EXPECT_EQ(outcomes, (std::vector<std::string>{"refused", "committed"}));
    EXPECT_EQ(count_notes(database), 1);
    EXPECT_EQ(database.head(), 1);
}

// CONFORMANCE D7: twenty in one batch, one throws, nineteen are committed.
CO_TEST(database, one_failing_unit_does_not_touch_the_others_of_its_batch) {
    harness::world world;
    database database{world.runtime, settings_in(world)};

    const auto outcomes = co_await write_together(world, database, [](int i) { return i == 7; });

    EXPECT_EQ(std::ranges::count(outcomes, "committed"), 19);
    EXPECT_EQ(std::ranges::count(outcomes, "refused"), 1);
    EXPECT_EQ(count_notes(database), 19);
    std::vector<std::int64_t> sequences;
    for (const auto& event : database.events_after(0, 100)) sequences.push_back(event.sequence);
    EXPECT_EQ(sequences.size(), 19U);
    EXPECT_EQ(sequences.back(), 19) << "sequences are dense";
}

// The commit itself fails (a deferred foreign key): nobody of the batch is told that it is done.
CO_TEST(database, a_failing_commit_fails_the_whole_batch) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    core::task_group tasks{harness::loop(), world.clock, world.runtime.log_for("test")};
    std::latch gate{1};
    std::vector<std::string> outcomes;
    tasks.spawn("holder", hold_writer(database, gate));
    for (int i = 0; i < 5; ++i) tasks.spawn("note", write_note(database, std::to_string(i), false, outcomes));
    co_await harness::settle();
    std::optional<failure> breaker;
    gate.count_down();
    try {
        co_await database.write({},
                                [](transaction& transaction) { transaction.execute("INSERT INTO links VALUES (99)"); });
    } catch (const error& thrown) {
        breaker = thrown.kind();
    }
    co_await tasks.join();

    EXPECT_EQ(breaker, failure::constraint);
    const auto committed = std::ranges::count(outcomes, "committed");
    EXPECT_EQ(count_notes(database), committed) << "what was told to be done is there, and nothing else";
    EXPECT_EQ(database.head(), committed);
    std::vector<std::string> later;
    co_await write_note(database, "later", false, later);
    EXPECT_EQ(later, std::vector<std::string>{"committed"});
}

CO_TEST(database, a_nested_savepoint_undoes_only_its_own_part) {
    harness::world world;
    database database{world.runtime, settings_in(world)};

    co_await database.write({}, [](transaction& transaction) {
        add_note(transaction, "kept");
        append_event(transaction, "kept");
        try {
            transaction.savepoint([&] {
                add_note(transaction, "undone");
                append_event(transaction, "undone");
                throw std::runtime_error{"no"};
            });
        } catch (const std::runtime_error&) {
            append_event(transaction, "after");
        }
    });

    EXPECT_EQ(count_notes(database), 1);
    const auto events = database.events_after(0, 10);
    CO_ASSERT_TRUE(events.size() == 2);
    EXPECT_EQ(events[0].key, "kept");
    EXPECT_EQ(events[1].key, "after");
    EXPECT_EQ(events[1].sequence, 2);
}

CO_TEST(database, refuses_writes_beyond_its_queue) {
    harness::world world;
    auto settings = settings_in(world);
    settings.write_queue = 3;
    database database{world.runtime, settings};

    const auto outcomes = co_await write_together(world, database, [](int) { return false; });

    const auto committed = std::ranges::count(outcomes, "committed");
    EXPECT_EQ(outcomes.size(), 20U);
    EXPECT_GE(committed, 2) << "the one that holds the writer may still be in the queue";
    EXPECT_LT(committed, 20);
    EXPECT_EQ(count_notes(database), committed);
}

CO_TEST(database, tells_of_committed_events_before_their_writer_goes_on) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    std::vector<std::string> heard;
    database.on_commit([&](std::span<const committed_event> events) {
        for (const auto& event : events) heard.push_back(event.record->key);
    });

    std::vector<std::string> outcomes;
    co_await write_note(database, "one", false, outcomes);
    EXPECT_EQ(heard, std::vector<std::string>{"one"});
    co_await write_note(database, "two", true, outcomes);
    EXPECT_EQ(heard.size(), 1U);
}

CO_TEST(database, an_event_carries_trace_cause_and_time) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const core::origin from{core::trace_context::start(), "cause"};

    co_await database.write(from, [](transaction& transaction) { append_event(transaction, "key"); });

    const auto events = database.events_after(0, 1);
    CO_ASSERT_TRUE(events.size() == 1);
    EXPECT_EQ(events[0].traceparent, from.trace.traceparent());
    EXPECT_EQ(events[0].cause, "cause");
    EXPECT_EQ(events[0].time, world.clock.now());
    EXPECT_TRUE(core::is_uuid(events[0].id));
    EXPECT_EQ(events[0].epoch, 1);
}

CO_TEST(database, takes_nothing_after_stop) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    database.stop();

    std::optional<failure> kind;
    try {
        co_await database.write({}, [](transaction& transaction) { add_note(transaction, "late"); });
    } catch (const error& thrown) {
        kind = thrown.kind();
    }

    EXPECT_EQ(kind, failure::stopped);
    EXPECT_EQ(count_notes(database), 0);
}

// SQLITE_FULL, made by a page limit: refused with its own kind, reads go on, and the next write succeeds once there is
// room.
CO_TEST(database, recovers_from_a_full_disk_without_a_restart) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const auto set_limit = [&](int pages) {
        return database.write({}, [pages](transaction& transaction) {
            (void)transaction.query_one<std::int64_t>(pages == 0 ? "PRAGMA max_page_count = 1000000"
                                                                 : "PRAGMA max_page_count = 1");
        });
    };
    std::vector<std::string> outcomes;
    co_await write_note(database, "before", false, outcomes);
    co_await set_limit(1);
    std::optional<failure> kind;
    try {
        co_await database.write({}, [](transaction& transaction) {
            for (int i = 0; i < 100; ++i) add_note(transaction, std::string(2000, 'x') + std::to_string(i));
        });
    } catch (const error& thrown) {
        kind = thrown.kind();
    }

    EXPECT_EQ(kind, failure::full);
    EXPECT_FALSE(database.trouble().empty());
    EXPECT_EQ(count_notes(database), 1);
    EXPECT_FALSE(world.fatal);

    co_await set_limit(0);
    co_await write_note(database, "after", false, outcomes);
    EXPECT_EQ(outcomes.back(), "committed");
    EXPECT_EQ(database.trouble(), "");
}

}  // namespace storage::test
