#include <gtest/gtest.h>

#include <harness/world.hpp>

#include "delivery_window.hpp"
#include "log_cursor.hpp"
#include "parking_lot.hpp"
#include "running_board.hpp"
#include "verdict.hpp"

namespace bus::test {
namespace {

work_item item(std::int64_t sequence, std::string key) {
    storage::event_record record;
    record.sequence = sequence;
    record.key = std::move(key);
    work_item item;
    item.record = std::make_shared<const storage::event_record>(std::move(record));
    return item;
}

std::int64_t next_sequence(delivery_window& window) {
    const auto next = window.next();
    return next ? next->record->sequence : 0;
}

core::monotonic_time at(int milliseconds) { return core::monotonic_time{std::chrono::milliseconds{milliseconds}}; }

// The key that is due, or nothing.
std::string take(parking_lot& lot, int milliseconds, bool alone = false) {
    const auto due = lot.take_due(at(milliseconds), alone);
    return due ? due->key : "";
}

}  // namespace

TEST(delivery_window, runs_different_keys_side_by_side_and_one_key_in_order) {
    delivery_window window{10};
    window.add(item(1, "a"));
    window.add(item(2, "a"));
    window.add(item(3, "b"));

    EXPECT_EQ(next_sequence(window), 1);
    EXPECT_EQ(next_sequence(window), 3) << "2 waits for 1";
    EXPECT_EQ(next_sequence(window), 0);
    window.finish("b");
    EXPECT_EQ(next_sequence(window), 0);
    window.finish("a");
    EXPECT_EQ(next_sequence(window), 2);
}

TEST(delivery_window, counts_what_runs_as_taking_room) {
    delivery_window window{2};
    window.add(item(1, "a"));
    window.add(item(2, "b"));
    EXPECT_FALSE(window.has_room());

    (void)window.next();
    EXPECT_FALSE(window.has_room());
    window.finish("a");
    EXPECT_TRUE(window.has_room());
}

TEST(delivery_window, what_is_put_back_is_the_next_of_its_key) {
    delivery_window window{10};
    window.add(item(1, "a"));
    window.add(item(2, "a"));
    auto first = window.next();

    window.put_back(std::move(*first));

    EXPECT_EQ(next_sequence(window), 1);
}

TEST(delivery_window, forgets_what_waits_and_keeps_what_runs) {
    delivery_window window{10};
    window.add(item(1, "a"));
    window.add(item(2, "a"));
    window.add(item(3, "b"));
    (void)window.next();

    EXPECT_FALSE(window.drop_waiting());

    EXPECT_EQ(window.in_flight(), 1U);
    EXPECT_EQ(next_sequence(window), 0);
    window.finish("a");
    EXPECT_TRUE(window.empty());
}

TEST(parking_lot, gives_the_first_of_each_key_when_it_is_due_and_only_once) {
    parking_lot lot;
    lot.update("a", {at(100)});
    lot.update("b", {at(50)});

    EXPECT_EQ(take(lot, 10), "");
    EXPECT_EQ(lot.next_due(), at(50));
    EXPECT_EQ(take(lot, 60), "b");
    EXPECT_EQ(take(lot, 60), "");
    EXPECT_EQ(lot.next_due(), at(100));
}

TEST(parking_lot, a_key_is_free_when_it_is_removed) {
    parking_lot lot;
    lot.update("a", {at(0)});
    EXPECT_EQ(take(lot, 0), "a");

    lot.put_back("a", {at(0)});
    EXPECT_TRUE(lot.blocks("a"));
    EXPECT_EQ(take(lot, 0), "a");
    lot.remove("a");

    EXPECT_FALSE(lot.blocks("a"));
    EXPECT_FALSE(lot.next_due());
}

TEST(parking_lot, a_first_one_that_failed_again_waits_for_its_new_time) {
    parking_lot lot;
    lot.update("a", {at(0)});
    EXPECT_EQ(take(lot, 0), "a");

    lot.put_back("a", {at(500), 2});

    EXPECT_EQ(take(lot, 499), "");
    EXPECT_EQ(take(lot, 500), "a");
}

TEST(parking_lot, a_new_first_one_counts_unless_one_is_under_way) {
    parking_lot lot;
    lot.update("a", {at(500)});
    lot.update("a", {at(10)});
    EXPECT_EQ(take(lot, 10), "a") << "a dead letter that was handed back is older, and due at once";

    lot.update("a", {at(20)});

    EXPECT_EQ(take(lot, 30), "") << "it is looked at again when what runs is over";
}

TEST(parking_lot, gives_what_ended_the_process_only_alone_and_the_least_suspicious_first) {
    parking_lot lot;
    lot.update("guilty", {at(0), 2, true});
    lot.update("innocent", {at(0), 1, true});

    EXPECT_EQ(take(lot, 0), "");
    EXPECT_FALSE(lot.next_due());
    EXPECT_TRUE(lot.wants_to_be_alone());
    const auto due = lot.take_due(at(0), true);
    ASSERT_TRUE(due);
    EXPECT_EQ(due->key, "innocent");
    EXPECT_TRUE(due->is_alone);
    EXPECT_EQ(take(lot, 0, true), "guilty");
}

TEST(log_cursor, knows_what_is_to_do_and_how_far_all_is_done) {
    log_cursor cursor;
    cursor.begin({1, 4, {{1, 6, 5}}});
    const auto pass = [&](std::int64_t sequence, bool concerns) {
        storage::event_record record;
        record.sequence = sequence;
        record.epoch = 1;
        return cursor.pass(record, concerns);
    };

    EXPECT_TRUE(pass(5, true).is_to_do);
    EXPECT_FALSE(pass(6, true).is_to_do) << "done before";
    EXPECT_FALSE(pass(7, false).is_to_do);
    const auto last = pass(8, true);
    EXPECT_TRUE(last.is_to_do);
    EXPECT_EQ(last.previous, 6);

    EXPECT_EQ(cursor.position(), 4);
    cursor.settle(8);
    EXPECT_EQ(cursor.position(), 4);
    cursor.settle(5);
    EXPECT_EQ(cursor.position(), 8);
    EXPECT_EQ(cursor.oldest(), nullptr);
}

TEST(verdict, tries_again_as_often_as_the_schedule_says_and_then_no_more) {
    const core::retry_schedule retry{{std::chrono::milliseconds{100}, std::chrono::milliseconds{200}}};

    EXPECT_EQ(judge(cause_of_failure::handler, 1, retry, 0).wait, std::chrono::milliseconds{100});
    EXPECT_EQ(judge(cause_of_failure::handler, 2, retry, 0.5).wait, std::chrono::milliseconds{220});
    EXPECT_TRUE(judge(cause_of_failure::handler, 3, retry, 0).is_dead);
    EXPECT_TRUE(judge(cause_of_failure::hopeless, 1, retry, 0).is_dead);
    EXPECT_EQ(judge(cause_of_failure::crash, 1, retry, 0).wait, std::chrono::milliseconds{0});
    EXPECT_TRUE(judge(cause_of_failure::crash, 3, retry, 0).is_dead);
}

TEST(running_board, shows_after_a_death_what_was_running_and_only_that) {
    const harness::temporary_folder folder;
    const auto file = folder.path() / "module.running";
    const auto line = running_board::line_of("handler", "log");
    {
        running_board board{file, 2};
        const auto first = board.begin(line, 1, 10);
        (void)board.begin(line, 1, 11);
        board.end(first);
    }

    running_board board{file, 2};

    const auto left = board.left_behind(line);
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].sequence, 11);
    EXPECT_TRUE(board.left_behind(running_board::line_of("other", "log")).empty());
    (void)board.begin(line, 1, 12);
    (void)board.begin(line, 1, 13);
    board.forget(left[0]);
    EXPECT_TRUE(board.left_behind(line).empty());
}

}  // namespace bus::test
