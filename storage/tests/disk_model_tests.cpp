#include <gtest/gtest.h>

#include <set>

#include "disk_model.hpp"

namespace storage::test {
namespace {

// All that a power loss can leave of one file, as far as 500 tries show it; "-" is no file.
std::set<std::string> outcomes(const disk_model& disk) {
    std::set<std::string> seen;
    std::mt19937_64 random{1};
    for (int i = 0; i < 500; ++i) {
        const auto image = disk.after_power_loss(random);
        seen.insert(image.contains("file") ? image.at("file") : "-");
    }
    return seen;
}

using contents = std::set<std::string>;

}  // namespace

TEST(disk_model, keeps_what_is_synced) {
    disk_model disk{{}};
    disk.write("file", 0, "ab");
    disk.sync("file");

    EXPECT_EQ(outcomes(disk), contents{"ab"});
}

TEST(disk_model, may_lose_what_is_not_synced) {
    disk_model disk{{{"file", "old"}}};
    disk.write("file", 0, "new");

    EXPECT_EQ(outcomes(disk), (contents{"old", "new"}));
}

TEST(disk_model, may_lose_a_new_file_whose_folder_is_not_synced) {
    disk_model disk{{}};
    disk.create("file");

    EXPECT_EQ(outcomes(disk), (contents{"-", ""}));
}

TEST(disk_model, writes_reach_the_disk_in_any_order) {
    disk_model disk{{{"file", "..."}}};
    disk.write("file", 0, "a");
    disk.write("file", 0, "b");
    disk.write("file", 2, "c");

    EXPECT_EQ(outcomes(disk), (contents{"...", "a..", "b..", "..c", "a.c", "b.c"}));
}

TEST(disk_model, tears_a_write_at_the_borders_of_sectors) {
    const std::string before(1024, 'o');
    disk_model disk{{{"file", before}}};
    disk.write("file", 256, std::string(512, 'n'));

    auto first = before;
    first.replace(256, 256, 256, 'n');
    auto second = before;
    second.replace(512, 256, 256, 'n');
    auto both = before;
    both.replace(256, 512, 512, 'n');
    EXPECT_EQ(outcomes(disk), (contents{before, first, second, both}));
}

TEST(disk_model, a_deletion_counts_when_the_folder_is_synced) {
    disk_model disk{{{"file", "old"}}};
    disk.remove("file", false);
    EXPECT_EQ(outcomes(disk), (contents{"-", "old"}));

    disk.remove("file", true);
    EXPECT_EQ(outcomes(disk), contents{"-"});
}

TEST(disk_model, a_file_made_again_is_another_one) {
    disk_model disk{{{"file", "old"}}};
    disk.remove("file", false);
    disk.create("file");
    disk.write("file", 0, "new");
    EXPECT_EQ(outcomes(disk), (contents{"old", "", "new"}));

    disk.sync("file");
    EXPECT_EQ(outcomes(disk), contents{"new"});
}

TEST(disk_model, a_truncation_may_be_lost_too) {
    disk_model disk{{{"file", "long"}}};
    disk.truncate("file", 0);

    EXPECT_EQ(outcomes(disk), (contents{"long", ""}));
}

}  // namespace storage::test
