#include <gtest/gtest.h>

#include <limits>

#include "replica_cursor.hpp"

namespace {

using bus::replica_cursor;
using meaning = replica_cursor::meaning;

// Epochs 1, 2 and 3, of which the copy holds all up to 12.
replica_cursor at_12() { return {{{1, 1}, {2, 5}, {3, 10}}, 12}; }

}  // namespace

TEST(replica_cursor, goes_on_with_the_event_after_the_last) {
    auto cursor = at_12();

    EXPECT_EQ(cursor.judge({3, 10, 13}), meaning::next);
    cursor.take(13);

    EXPECT_EQ(cursor.held(), 13);
    EXPECT_EQ(cursor.judge({3, 10, 13}), meaning::known);
    EXPECT_EQ(cursor.judge({3, 10, 14}), meaning::next);
}

TEST(replica_cursor, knows_what_is_there_in_every_epoch) {
    const auto cursor = at_12();

    EXPECT_EQ(cursor.judge({3, 10, 12}), meaning::known);
    EXPECT_EQ(cursor.judge({3, 10, 10}), meaning::known);
    EXPECT_EQ(cursor.judge({2, 5, 9}), meaning::known);
    EXPECT_EQ(cursor.judge({2, 5, 5}), meaning::known);
    EXPECT_EQ(cursor.judge({1, 1, 1}), meaning::known);
}

TEST(replica_cursor, misses_what_is_before_an_event_beyond_the_next) {
    EXPECT_EQ(at_12().judge({3, 10, 14}), meaning::missing);
}

TEST(replica_cursor, takes_the_next_of_an_older_epoch_too) {
    // The copy is behind: a whole epoch lies between it and the newest.
    const replica_cursor cursor{{{1, 1}, {2, 5}, {3, 10}}, 6};

    EXPECT_EQ(cursor.judge({2, 5, 7}), meaning::next);
    EXPECT_EQ(cursor.judge({2, 5, 8}), meaning::missing);
    EXPECT_EQ(cursor.judge({3, 10, 10}), meaning::missing);
}

TEST(replica_cursor, passes_over_an_event_whose_place_was_given_anew) {
    const auto cursor = at_12();

    EXPECT_EQ(cursor.judge({1, 1, 5}), meaning::past);
    EXPECT_EQ(cursor.judge({1, 1, 12}), meaning::past);
    EXPECT_EQ(cursor.judge({2, 5, 10}), meaning::past);
    EXPECT_EQ(cursor.judge({2, 5, 13}), meaning::past) << "also where it would be the next";
}

TEST(replica_cursor, asks_about_a_place_that_contradicts_what_it_knows) {
    // Of epoch 3, but before its beginning.
    EXPECT_EQ(at_12().judge({3, 10, 7}), meaning::missing);
    EXPECT_EQ(at_12().judge({3, 10, 0}), meaning::missing);
}

TEST(replica_cursor, meets_the_epoch_after_its_newest) {
    const auto cursor = at_12();

    EXPECT_EQ(cursor.judge({4, 13, 13}), meaning::new_epoch);
    EXPECT_EQ(cursor.judge({4, 13, 20}), meaning::new_epoch) << "also by an event that is not its first";
}

TEST(replica_cursor, asks_when_epochs_were_skipped) {
    EXPECT_EQ(at_12().judge({5, 13, 13}), meaning::missing);
    EXPECT_EQ(at_12().judge({std::numeric_limits<std::int64_t>::max(), 13, 13}), meaning::missing);
}

TEST(replica_cursor, begins_an_epoch_after_all_that_it_holds) {
    auto cursor = at_12();

    EXPECT_FALSE(cursor.begin_epoch({4, 13, 13}));

    EXPECT_EQ(cursor.held(), 12);
    EXPECT_TRUE(cursor.has_epochs({{1, 1}, {2, 5}, {3, 10}, {4, 13}}));
    EXPECT_EQ(cursor.judge({4, 13, 13}), meaning::next);
    EXPECT_EQ(cursor.judge({3, 10, 13}), meaning::past);
}

TEST(replica_cursor, takes_back_what_never_happened_when_an_epoch_begins_before_it) {
    auto cursor = at_12();

    EXPECT_TRUE(cursor.begin_epoch({4, 12, 12}));

    EXPECT_EQ(cursor.held(), 11);
    EXPECT_EQ(cursor.judge({4, 12, 12}), meaning::next);
}

TEST(replica_cursor, begins_an_epoch_that_begins_where_the_one_before_did) {
    auto cursor = at_12();

    EXPECT_TRUE(cursor.begin_epoch({4, 10, 10}));

    EXPECT_EQ(cursor.held(), 9);
    EXPECT_TRUE(cursor.has_epochs({{1, 1}, {2, 5}, {3, 10}, {4, 10}}));
    EXPECT_EQ(cursor.judge({3, 10, 10}), meaning::past) << "the newer one has the place";
    EXPECT_EQ(cursor.judge({4, 10, 10}), meaning::next);
}

TEST(replica_cursor, forgets_epochs_that_a_new_one_took_back) {
    // The file of the source was put back to a time before epoch 3; what it is now is another 3, and 4.
    auto cursor = at_12();

    EXPECT_TRUE(cursor.begin_epoch({4, 8, 8}));

    EXPECT_TRUE(cursor.has_epochs({{1, 1}, {2, 5}, {4, 8}}));
    EXPECT_EQ(cursor.held(), 7);
}

TEST(replica_cursor, keeps_what_it_holds_when_it_begins_an_epoch_ahead_of_it) {
    replica_cursor cursor{{{1, 1}}, 3};

    EXPECT_FALSE(cursor.begin_epoch({2, 10, 12}));

    EXPECT_EQ(cursor.held(), 3);
    EXPECT_EQ(cursor.judge({2, 10, 12}), meaning::missing);
    EXPECT_EQ(cursor.judge({1, 1, 4}), meaning::next);
}
