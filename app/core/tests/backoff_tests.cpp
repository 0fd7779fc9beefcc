#include <gtest/gtest.h>

#include <core/backoff.hpp>

using namespace std::chrono_literals;

TEST(retry_schedule, repeats_its_last_delay) {
    const core::retry_schedule schedule{{1s, 5s}};

    EXPECT_EQ(schedule.delay(1, 0), 1s);
    EXPECT_EQ(schedule.delay(2, 0), 5s);
    EXPECT_EQ(schedule.delay(3, 0), 5s);
    EXPECT_EQ(schedule.attempts(), 3U);
}

TEST(retry_schedule, jitter_only_lengthens) {
    const core::retry_schedule schedule{{1s}, 0.2};

    EXPECT_EQ(schedule.delay(1, 0.0), 1000ms);
    EXPECT_EQ(schedule.delay(1, 0.5), 1100ms);
    EXPECT_LE(schedule.delay(1, 0.999), 1200ms);
}

TEST(retry_schedule, doubling_ends_at_the_cap) {
    const auto schedule = core::doubling(100ms, 350ms);

    EXPECT_EQ(schedule.delay(1, 0), 100ms);
    EXPECT_EQ(schedule.delay(2, 0), 200ms);
    EXPECT_EQ(schedule.delay(3, 0), 350ms);
    EXPECT_EQ(schedule.delay(9, 0), 350ms);
}

TEST(random_fraction, stays_below_one) {
    for (int i = 0; i < 1000; ++i) {
        const auto value = core::random_fraction();
        EXPECT_GE(value, 0.0);
        EXPECT_LT(value, 1.0);
    }
}
