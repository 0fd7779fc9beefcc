#include <gtest/gtest.h>

#include "patient_api.hpp"

namespace app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const retry_schedule::time start{};

TEST(retry_schedule, waits_longer_each_time_and_not_for_ever) {
    retry_schedule schedule{seconds{10}};

    EXPECT_EQ(schedule.pause(start, {}), milliseconds{100});
    EXPECT_EQ(schedule.pause(start, {}), milliseconds{200});
    for (int i = 0; i < 8; ++i) std::ignore = schedule.pause(start, {});
    EXPECT_EQ(schedule.pause(start + seconds{5}, {}), seconds{2});
    EXPECT_EQ(schedule.pause(start + seconds{9}, {}), seconds{1});
    EXPECT_EQ(schedule.pause(start + seconds{10}, {}), std::nullopt);
}

TEST(retry_schedule, does_as_the_server_says_within_the_limit) {
    retry_schedule schedule{seconds{10}};

    EXPECT_EQ(schedule.pause(start, seconds{3}), seconds{3});
    EXPECT_EQ(schedule.pause(start, seconds{300}), seconds{10});
}

TEST(retry_schedule, begins_anew_after_a_success) {
    retry_schedule schedule{seconds{10}};
    std::ignore = schedule.pause(start, {});
    std::ignore = schedule.pause(start, {});

    schedule.note_success();

    EXPECT_EQ(schedule.pause(start + seconds{60}, {}), milliseconds{100});
}

}  // namespace
}  // namespace app
