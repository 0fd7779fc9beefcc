#include <bus/publish.hpp>
#include <core/task_group.hpp>
#include <latch>
#include <random>

#include "helpers.hpp"

using namespace std::chrono_literals;

// D3 is in d_crash_points_tests.cpp. D4, real kills under load, is in tests/e2e/test_durability.py, and D8, the loss of
// power, in storage/tests/power_loss_tests.cpp.
namespace conformance {

CONFORMANCE_AREA(D);  // NOLINT(readability-identifier-naming): as the sections are named

namespace {

void add_row_and_event(storage::transaction& transaction, std::int64_t number) {
    transaction.execute("INSERT INTO business (number) VALUES (?1)", number);
    bus::publish(transaction, happened{"k" + std::to_string(number % 5), number});
}

// Counts even when it is waited for by nobody who still lives.
core::awaitable<void> add_in_background(stage& stage, std::int64_t number) {
    co_await stage.write(producer,
                         [number](storage::transaction& transaction) { add_row_and_event(transaction, number); });
}

core::awaitable<void> limit_pages(stage& stage, const char* pragma) {
    co_await stage.write(consumer_1, [pragma](storage::transaction& transaction) {
        std::ignore = transaction.query_one<std::int64_t>(pragma);
    });
}

// Each effect needs pages of its own then.
core::awaitable<void> make_effects_large(stage& stage) {
    co_await stage.write(consumer_1, [](storage::transaction& transaction) {
        transaction.execute("CREATE TABLE ballast (data BLOB) STRICT");
        transaction.execute(
            "CREATE TRIGGER large AFTER INSERT ON effects BEGIN INSERT INTO ballast VALUES (randomblob(60000)); END");
    });
}

}  // namespace

CONFORMANCE_TEST(D, D1_what_is_rolled_back_publishes_nothing_and_a_savepoint_drops_its_own_events_alone) {
    stage.handle(consumer_1, "h");
    stage.start();

    int thrown = 0;
    try {
        co_await stage.write(producer, [](storage::transaction& transaction) {
            bus::publish(transaction, happened{"k", 1});
            throw 42;
        });
    } catch (int value) {
        thrown = value;
    }
    co_await stage.write(producer, [](storage::transaction& transaction) {
        bus::publish(transaction, happened{"k", 2});
        try {
            transaction.savepoint([&] {
                bus::publish(transaction, happened{"k", 3});
                throw std::runtime_error{"only this part"};
            });
        } catch (const std::runtime_error&) {
            bus::publish(transaction, happened{"k", 4});
        }
    });
    co_await stage.quiet();

    EXPECT_EQ(thrown, 42);
    EXPECT_EQ(stage.numbers(consumer_1, "h", "k"), (std::vector<std::int64_t>{2, 4}));
}

CONFORMANCE_TEST(D, D2_there_are_as_many_events_as_rows_whenever_the_process_is_killed) {
    const int kills = scaled(200);
    std::mt19937 random{7};
    stage.handle(consumer_1, "h");
    stage.start();
    std::int64_t number = 0;

    for (int kill = 0; kill < kills; ++kill) {
        const auto head = stage.database(producer).head();
        core::task_group writes{harness::loop(), stage.world.clock, stage.world.runtime.log_for("suite")};
        for (int i = 0; i < 10; ++i) writes.spawn("add", add_in_background(stage, ++number));
        // At a random moment, and every other time not before there is something that must outlive it.
        for (auto turns = random() % 300; turns > 0; --turns)
            co_await core::asio::post(harness::loop(), core::use_awaitable);
        if (kill % 2 == 1) co_await harness::eventually([&] { return stage.database(producer).head() > head; });
        co_await stage.restart(ending::killed);
        co_await writes.join();
        EXPECT_EQ(stage.count(producer, "business"), stage.count(producer, "event_log"));
    }
    co_await stage.quiet();

    EXPECT_GT(stage.effects(), 0);
}

CONFORMANCE_TEST(D, D5_a_kill_with_forty_events_in_hand_loses_none) {
    bool gate = false;
    stage.handle(consumer_1, "h", wait_for(gate), {.concurrency = 40});
    stage.start();
    co_await stage.publish(events_for(50, 100));
    co_await stage.pass_time_until([&] { return stage.starts("h") >= 40; });

    co_await stage.restart(ending::killed);
    gate = true;
    co_await stage.quiet();

    expect_order(stage, 50, 100);
}

CONFORMANCE_TEST(D, D6_a_full_disk_pauses_costs_no_attempt_and_ends, capability::calm) {
    stage.handle(consumer_1, "h");
    stage.equip(consumer_1, [&stage](bus::endpoint& door) {
        door.answer<add>([&stage](add, bus::call) -> core::awaitable<core::result<sum>> {
            co_await stage.write(consumer_1, [](storage::transaction& transaction) {
                transaction.execute("INSERT INTO ballast VALUES (randomblob(60000))");
            });
            co_return sum{};
        });
    });
    stage.start();
    co_await make_effects_large(stage);
    co_await limit_pages(stage, "PRAGMA max_page_count = 1");

    co_await stage.publish(happened{"k", 1});
    co_await stage.pass_time_until([&] { return stage.starts("h") >= 3; });
    EXPECT_EQ(stage.effects(), 0);
    EXPECT_EQ(stage.count(consumer_1, "parked"), 0);
    const auto answer = co_await stage.door(producer).request(add{}, {});
    CO_ASSERT_TRUE(!answer.has_value());
    EXPECT_TRUE(answer.error().kind == core::error_kind::storage_full ||
                answer.error().kind == core::error_kind::overloaded);

    co_await limit_pages(stage, "PRAGMA max_page_count = 100000");
    co_await stage.quiet();

    EXPECT_EQ(stage.count(consumer_1, "effects WHERE attempt = 1"), 1);
}

CONFORMANCE_TEST(D, D7_one_that_throws_in_a_batch_of_twenty_commits_leaves_the_others_alone, capability::calm,
                 capability::one_process) {
    constexpr int handlers = 20;
    int committing = 0;
    stage.equip(consumer_1, [&](bus::endpoint& door) {
        door.on("h", handlers).event<happened>([&](const happened& event, bus::delivery& delivery) {
            ++committing;
            return stage.note("h", event.subject, event.number, delivery, [&](storage::transaction&) {
                if (event.number == 7 && delivery.attempt() == 1) throw std::runtime_error{"number 7"};
            });
        });
    });
    stage.start();
    co_await stage.quiet();
    std::latch all_are_there{1};
    core::task_group tasks{harness::loop(), stage.world.clock, stage.world.runtime.log_for("suite")};
    tasks.spawn("hold", stage.write(consumer_1, [&](storage::transaction&) { all_are_there.wait(); }));

    co_await stage.publish(events_for(handlers, handlers));
    co_await harness::eventually([&] { return committing == handlers; });
    co_await harness::settle();
    all_are_there.count_down();
    co_await tasks.join();
    co_await harness::eventually(
        [&] { return stage.effects() == handlers - 1 && stage.count(consumer_1, "parked") == 1; });
    co_await stage.quiet();

    EXPECT_EQ(stage.count(consumer_1, "effects WHERE attempt = 2 AND number = 7"), 1);
}

CONFORMANCE_TEST(D, D9_a_producer_whose_file_was_put_back_is_told_of_and_its_new_events_are_handled) {
    const auto file = stage.file(producer);
    const auto copy = file.string() + ".copy";
    stage.handle(consumer_1, "h");
    stage.start();
    co_await stage.publish(events_for(10, 100));
    co_await stage.quiet();
    co_await stage.restart(ending::clean, [&] { std::filesystem::copy_file(file, copy); });
    co_await stage.publish(events_for(10, 100));
    co_await stage.quiet();

    co_await stage.restart(ending::clean, [&] { std::filesystem::rename(copy, file); });
    co_await stage.publish(events_for(10, 100));
    co_await stage.quiet();

    EXPECT_EQ(stage.effects(), 300);
    EXPECT_GE(stage.database(producer).epochs().size(), 2U);
    EXPECT_TRUE(stage.has_logged("a log has gone back; its handler goes on from there"));
}

CONFORMANCE_TEST(D, D9_a_consumer_whose_file_was_put_back_gets_what_it_has_forgotten) {
    const auto file = stage.file(consumer_1);
    const auto copy = file.string() + ".copy";
    stage.handle(consumer_1, "h");
    stage.start();
    co_await stage.publish(events_for(10, 100));
    co_await stage.quiet();
    co_await stage.restart(ending::clean, [&] { std::filesystem::copy_file(file, copy); });
    co_await stage.publish(events_for(10, 100));
    co_await stage.quiet();

    co_await stage.restart(ending::clean, [&] { std::filesystem::rename(copy, file); });
    co_await stage.quiet();

    EXPECT_EQ(stage.effects(), 200);
}

CONFORMANCE_TEST(D, D10_a_position_beyond_the_end_and_notes_of_later_epochs_are_put_right_at_the_start) {
    stage.handle(consumer_1, "h");
    stage.start();
    co_await stage.publish(events_for(1, 3));
    co_await stage.quiet();
    // What a lost tail leaves behind: done are events that the log does not have any more.
    co_await stage.write(consumer_1, [](storage::transaction& transaction) {
        transaction.execute("UPDATE positions SET sequence = 1000");
        for (std::int64_t epoch = 2; epoch <= 3; ++epoch)
            transaction.execute(
                "INSERT INTO done_ahead (handler, log, sequence, epoch, previous) VALUES ('h', ?1, ?2, ?3, ?4)",
                std::string{producer}, 1000 + epoch, epoch, 1000);
    });

    co_await stage.restart(ending::clean);
    co_await stage.publish(happened{"k0", 4}, happened{"k0", 5});
    co_await stage.quiet();

    EXPECT_EQ(stage.numbers(consumer_1, "h", "k0"), up_to(5));
    EXPECT_EQ(stage.count(consumer_1, "done_ahead"), 0);
}

}  // namespace conformance
