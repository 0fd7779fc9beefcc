#include <gtest/gtest.h>

#include "delivery_window.hpp"
#include "parking_lot.hpp"

namespace bus::test {
namespace {

using std::chrono::milliseconds;

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

storage::parked_event parked(std::string key, std::int64_t sequence, int due_ms) {
    storage::parked_event one;
    one.event.key = std::move(key);
    one.event.sequence = sequence;
    one.next_attempt_at = core::timestamp{milliseconds{due_ms}};
    return one;
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

TEST(parking_lot, gives_the_head_of_each_key_when_it_is_due_and_only_once) {
    parking_lot lot;
    lot.add(parked("a", 1, 100));
    lot.add(parked("a", 2, 0));
    lot.add(parked("b", 3, 50));

    EXPECT_TRUE(lot.take_due(core::timestamp{milliseconds{10}}).empty()) << "2 waits behind 1";
    EXPECT_EQ(lot.next_due(), core::timestamp{milliseconds{50}});
    const auto due = lot.take_due(core::timestamp{milliseconds{60}});
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].event.sequence, 3);
    EXPECT_TRUE(lot.take_due(core::timestamp{milliseconds{60}}).empty());
    EXPECT_EQ(lot.next_due(), core::timestamp{milliseconds{100}});
}

TEST(parking_lot, a_key_is_free_when_its_last_is_gone) {
    parking_lot lot;
    lot.add(parked("a", 1, 0));
    lot.add(parked("a", 2, 0));
    (void)lot.take_due(core::timestamp{});

    lot.remove_head("a");
    EXPECT_TRUE(lot.blocks("a"));
    EXPECT_EQ(lot.take_due(core::timestamp{}).at(0).event.sequence, 2);
    lot.remove_head("a");

    EXPECT_FALSE(lot.blocks("a"));
    EXPECT_EQ(lot.size(), 0U);
    EXPECT_FALSE(lot.next_due());
}

TEST(parking_lot, a_head_that_failed_again_waits_for_its_new_time) {
    parking_lot lot;
    lot.add(parked("a", 1, 0));
    auto head = lot.take_due(core::timestamp{}).at(0);
    head.attempts = 2;
    head.next_attempt_at = core::timestamp{milliseconds{500}};

    lot.put_back(head);

    EXPECT_TRUE(lot.take_due(core::timestamp{milliseconds{499}}).empty());
    EXPECT_EQ(lot.take_due(core::timestamp{milliseconds{500}}).at(0).attempts, 2);
}

}  // namespace bus::test
