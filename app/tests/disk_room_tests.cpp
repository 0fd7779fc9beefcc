#include <gtest/gtest.h>

#include "disk_room.hpp"

namespace app {
namespace {

using namespace std::chrono_literals;

struct measured_disk {
    core::manual_clock clock;
    std::optional<std::uint64_t> free = 4096;
    int questions = 0;
    disk_room room{"/data", 4096, clock, [this](const std::filesystem::path&) {
                       ++questions;
                       return free;
                   }};
};

TEST(disk_room, is_enough_down_to_the_reserve) {
    measured_disk disk;

    EXPECT_EQ(disk.room.trouble(), "");
    disk.free = 4095;
    disk.clock.advance(1s);
    EXPECT_NE(disk.room.trouble().find("/data has 3 KiB left"), std::string::npos) << disk.room.trouble();
}

TEST(disk_room, is_asked_for_once_a_second) {
    measured_disk disk;

    for (int i = 0; i < 100; ++i) EXPECT_EQ(disk.room.trouble(), "");
    disk.clock.advance(999ms);
    EXPECT_EQ(disk.room.trouble(), "");
    EXPECT_EQ(disk.questions, 1);
    disk.clock.advance(1ms);
    EXPECT_EQ(disk.room.trouble(), "");
    EXPECT_EQ(disk.questions, 2);
}

TEST(disk_room, comes_back) {
    measured_disk disk;
    disk.free = 0;
    EXPECT_NE(disk.room.trouble(), "");

    disk.free = 1 << 20;
    disk.clock.advance(1s);

    EXPECT_EQ(disk.room.trouble(), "");
}

TEST(disk_room, is_taken_for_enough_when_nobody_can_say) {
    measured_disk disk;
    disk.free = std::nullopt;

    EXPECT_EQ(disk.room.trouble(), "");
}

TEST(disk_room, is_what_the_system_says) {
    EXPECT_GT(free_bytes(std::filesystem::temp_directory_path()).value_or(0), 0u);
    EXPECT_EQ(free_bytes("/nowhere/at/all"), std::nullopt);
}

}  // namespace
}  // namespace app
