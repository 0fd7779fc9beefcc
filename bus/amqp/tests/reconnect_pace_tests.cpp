#include <gtest/gtest.h>

#include "reconnect_pace.hpp"

namespace {

using namespace std::chrono_literals;
using bus::amqp::reconnect_pace;

const core::monotonic_time start{1h};

reconnect_pace new_pace() { return reconnect_pace{core::retry_schedule{{200ms, 400ms, 800ms}, 0.0}}; }

}  // namespace

TEST(reconnect_pace, waits_longer_after_each_failure) {
    auto pace = new_pace();

    EXPECT_EQ(pace.lost(start, 0), 200ms);
    EXPECT_EQ(pace.lost(start + 1s, 0), 400ms);
    EXPECT_EQ(pace.lost(start + 1h, 0), 800ms);
}

TEST(reconnect_pace, begins_anew_after_a_connection_that_stood) {
    auto pace = new_pace();
    (void)pace.lost(start, 0);
    (void)pace.lost(start, 0);
    pace.connected(start);

    EXPECT_EQ(pace.lost(start + 800ms, 0), 200ms);
}

TEST(reconnect_pace, counts_a_connection_that_ends_soon_as_a_failure) {
    auto pace = new_pace();
    (void)pace.lost(start, 0);
    pace.connected(start);

    EXPECT_EQ(pace.lost(start + 799ms, 0), 400ms);
}
