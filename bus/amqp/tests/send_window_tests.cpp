#include <gtest/gtest.h>

#include <limits>

#include "send_window.hpp"

namespace {

using bus::amqp::send_window;

// All up to 10 is with the broker, 11 to 13 are on their way.
send_window with_three_in_flight() {
    send_window window{4, 10};
    for (const auto sequence : {11, 12, 13}) window.sent(sequence);
    return window;
}

}  // namespace

TEST(send_window, begins_after_its_place_with_all_of_its_room) {
    const send_window window{4, 10};

    EXPECT_EQ(window.next(), 11);
    EXPECT_EQ(window.position(), 10);
    EXPECT_EQ(window.in_flight(), 0);
    EXPECT_EQ(window.room(), 4u);
}

TEST(send_window, is_full_when_as_many_as_its_size_are_not_confirmed) {
    auto window = with_three_in_flight();
    EXPECT_EQ(window.room(), 1u);

    window.sent(14);

    EXPECT_EQ(window.room(), 0u);
    EXPECT_EQ(window.in_flight(), 4);
    EXPECT_EQ(window.next(), 15);
}

TEST(send_window, moves_with_confirmations_in_order) {
    auto window = with_three_in_flight();

    window.confirm(11);
    EXPECT_EQ(window.position(), 11);
    window.confirm(12);

    EXPECT_EQ(window.position(), 12);
    EXPECT_EQ(window.in_flight(), 1);
    EXPECT_EQ(window.room(), 3u);
}

TEST(send_window, waits_for_the_first_when_later_ones_are_confirmed) {
    auto window = with_three_in_flight();

    window.confirm(13);
    window.confirm(12);
    EXPECT_EQ(window.position(), 10);
    EXPECT_EQ(window.room(), 1u) << "what waits for another takes room too";
    window.confirm(11);

    EXPECT_EQ(window.position(), 13);
    EXPECT_EQ(window.in_flight(), 0);
}

TEST(send_window, sends_all_that_is_not_confirmed_again) {
    auto window = with_three_in_flight();
    window.confirm(11);

    window.go_back();

    EXPECT_EQ(window.next(), 12);
    EXPECT_EQ(window.position(), 11);
    EXPECT_EQ(window.room(), 4u);
}

TEST(send_window, sends_also_those_again_that_were_confirmed_beyond_a_gap) {
    auto window = with_three_in_flight();
    window.confirm(12);
    window.go_back();

    window.confirm(11);

    EXPECT_EQ(window.position(), 11) << "the order in the queue would not be that of the log";
    EXPECT_EQ(window.next(), 12);
}

TEST(send_window, believes_a_confirmation_from_before_it_went_back) {
    auto window = with_three_in_flight();
    window.go_back();

    window.confirm(11);
    window.confirm(12);

    EXPECT_EQ(window.position(), 12);
    EXPECT_EQ(window.next(), 13) << "what the broker has is not sent again";
    EXPECT_EQ(window.in_flight(), 0);
}

TEST(send_window, passes_over_a_confirmation_of_what_is_confirmed) {
    auto window = with_three_in_flight();
    window.confirm(11);

    window.confirm(11);
    window.confirm(3);

    EXPECT_EQ(window.position(), 11);
    window.confirm(12);
    EXPECT_EQ(window.position(), 12);
}

TEST(send_window, does_not_go_back_when_something_is_sent_again) {
    auto window = with_three_in_flight();

    window.sent(11);

    EXPECT_EQ(window.next(), 14);
}

TEST(send_window, of_no_size_has_no_room) { EXPECT_EQ((send_window{0, 10}.room()), 0u); }

TEST(send_window, keeps_counting_at_very_large_places) {
    constexpr auto far = std::numeric_limits<std::int64_t>::max() - 10;
    send_window window{4, far};

    window.sent(far + 1);
    window.confirm(far + 1);

    EXPECT_EQ(window.position(), far + 1);
    EXPECT_EQ(window.room(), 4u);
}
