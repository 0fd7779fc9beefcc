#include <gtest/gtest.h>

#include "replica_cursor.hpp"

namespace {

using bus::replica_cursor;
using meaning = replica_cursor::meaning;

// Epochs 1, 2 and 3, of which the copy holds all up to 12.
replica_cursor at_12() { return {{{1, 1}, {2, 5}, {3, 10}}, 12}; }

}  // namespace

TEST(replica_cursor_epochs, knows_no_epochs_at_first) {
    const replica_cursor cursor{{}, 0};

    EXPECT_EQ(cursor.judge({1, 1, 1}), meaning::new_epoch);
    EXPECT_EQ(cursor.judge({7, 1, 1}), meaning::new_epoch) << "before it there is nothing";
    EXPECT_EQ(cursor.judge({2, 5, 5}), meaning::missing) << "what was before 5 only the source knows";
}

TEST(replica_cursor_epochs, goes_on_at_a_place_that_a_handler_brought) {
    // A handler that read the source's own file: the place is known, the epochs are not.
    replica_cursor cursor{{}, 40};

    EXPECT_EQ(cursor.judge({1, 1, 41}), meaning::new_epoch);
    EXPECT_FALSE(cursor.begin_epoch({1, 1, 41}));

    EXPECT_EQ(cursor.held(), 40);
    EXPECT_EQ(cursor.judge({1, 1, 41}), meaning::next);
}

TEST(replica_cursor_epochs, learns_the_first_list_of_epochs_without_taking_anything_back) {
    replica_cursor cursor{{}, 40};

    EXPECT_FALSE(cursor.renew({{1, 1}, {2, 30}}));

    EXPECT_EQ(cursor.held(), 40);
}

TEST(replica_cursor_epochs, finds_nothing_new_in_the_list_that_it_has) {
    auto cursor = at_12();

    EXPECT_FALSE(cursor.renew({{1, 1}, {2, 5}, {3, 10}}));

    EXPECT_EQ(cursor.held(), 12);
}

TEST(replica_cursor_epochs, takes_back_from_where_the_source_tells_of_an_unknown_epoch) {
    auto cursor = at_12();

    EXPECT_TRUE(cursor.renew({{1, 1}, {2, 5}, {3, 10}, {4, 11}, {5, 12}}));

    EXPECT_EQ(cursor.held(), 10);
}

TEST(replica_cursor_epochs, takes_back_from_where_the_source_does_not_know_an_epoch) {
    // A source that was put back to an old copy of its file.
    auto cursor = at_12();

    EXPECT_TRUE(cursor.renew({{1, 1}, {2, 5}}));

    EXPECT_EQ(cursor.held(), 9);
}

TEST(replica_cursor_epochs, takes_back_from_the_first_difference_of_both_lists) {
    auto cursor = at_12();

    EXPECT_TRUE(cursor.renew({{1, 1}, {2, 7}, {3, 10}}));

    EXPECT_EQ(cursor.held(), 4);
}

TEST(replica_cursor_epochs, does_not_move_when_only_what_it_lacks_differs) {
    replica_cursor cursor{{{1, 1}, {2, 5}, {3, 10}}, 6};

    EXPECT_FALSE(cursor.renew({{1, 1}, {2, 5}, {3, 20}}));

    EXPECT_EQ(cursor.held(), 6);
}

TEST(replica_cursor_epochs, goes_back_for_a_handler_that_wants_history) {
    auto cursor = at_12();

    cursor.go_back(4);

    EXPECT_EQ(cursor.judge({2, 5, 5}), meaning::next);
    EXPECT_EQ(cursor.judge({3, 10, 13}), meaning::missing);
}

TEST(replica_cursor_epochs, is_as_it_was_while_nothing_comes) {
    auto cursor = at_12();
    const auto before = cursor;

    EXPECT_TRUE(cursor.is_as(before));
    cursor.take(13);

    EXPECT_FALSE(cursor.is_as(before));
}

TEST(replica_cursor_epochs, is_not_as_it_was_when_its_place_was_given_anew) {
    // What the source said before epoch 4 had an event is no news of the 12 of epoch 4.
    auto cursor = at_12();
    const auto before = cursor;
    EXPECT_TRUE(cursor.begin_epoch({4, 12, 12}));
    cursor.take(12);

    EXPECT_EQ(cursor.held(), before.held());
    EXPECT_FALSE(cursor.is_as(before));
}

TEST(replica_cursor_epochs, compares_lists_by_number_and_place) {
    const auto cursor = at_12();

    EXPECT_TRUE(cursor.has_epochs({{1, 1}, {2, 5}, {3, 10}}));
    EXPECT_FALSE(cursor.has_epochs({{1, 1}, {2, 5}}));
    EXPECT_FALSE(cursor.has_epochs({{1, 1}, {2, 5}, {3, 11}}));
    EXPECT_FALSE(cursor.has_epochs({{1, 1}, {2, 5}, {4, 10}}));
    EXPECT_FALSE(cursor.has_epochs({}));
}

TEST(replica_cursor_epochs, takes_back_from_the_first_list_what_was_given_anew_after_the_epoch_of_its_place) {
    // The handler noted 40 in epoch 1; the source has lost what came after 29.
    replica_cursor cursor{{}, 40, 1};

    EXPECT_TRUE(cursor.renew({{1, 1}, {2, 30}, {3, 35}}));

    EXPECT_EQ(cursor.held(), 29);
    EXPECT_EQ(cursor.judge({2, 30, 30}), meaning::next);
}

TEST(replica_cursor_epochs, asks_about_an_event_of_an_epoch_before_that_of_its_place) {
    const replica_cursor cursor{{}, 40, 3};

    EXPECT_EQ(cursor.judge({1, 1, 41}), meaning::missing);
    EXPECT_EQ(cursor.judge({3, 1, 41}), meaning::new_epoch);
}

TEST(replica_cursor_epochs, forgets_of_which_epoch_its_place_was_when_it_goes_elsewhere) {
    replica_cursor cursor{{}, 40, 1};
    cursor.go_back(50);

    EXPECT_FALSE(cursor.renew({{1, 1}, {2, 30}}));

    EXPECT_EQ(cursor.held(), 50);
}

TEST(replica_cursor_epochs, keeps_a_place_of_the_newest_epoch_of_the_first_list) {
    replica_cursor cursor{{}, 40, 2};

    EXPECT_FALSE(cursor.renew({{1, 1}, {2, 30}, {3, 41}}));

    EXPECT_EQ(cursor.held(), 40);
}
