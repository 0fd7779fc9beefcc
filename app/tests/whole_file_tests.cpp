#include <gtest/gtest.h>

#include <algorithm>
#include <core/exit.hpp>
#include <filesystem>
#include <fstream>
#include <harness/world.hpp>
#include <iterator>

#include "whole_file.hpp"

namespace app {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>{in}, {}};
}

std::ptrdiff_t files_in(const fs::path& folder) {
    return std::distance(fs::directory_iterator{folder}, fs::directory_iterator{});
}

TEST(whole_file, is_there_when_it_is_complete) {
    const harness::temporary_folder folder;
    const auto place = folder.path() / "products.jsonl";
    std::ofstream{place} << "old";
    whole_file file{place};

    file.write("new");
    const auto before = content_of(place);
    file.finish();

    EXPECT_EQ(before, "old");
    EXPECT_EQ(content_of(place), "new");
    EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(whole_file, leaves_nothing_when_it_is_not) {
    const harness::temporary_folder folder;
    {
        whole_file{folder.path() / "products.jsonl"}.write("half");
    }

    EXPECT_EQ(files_in(folder.path()), 0);
}

TEST(whole_file, keeps_a_link_and_writes_to_what_is_no_file) {
    const harness::temporary_folder folder;
    std::ofstream{folder.path() / "target"} << "old";
    fs::create_symlink("target", folder.path() / "link");
    whole_file behind{folder.path() / "link"};
    whole_file nowhere{"/dev/null"};

    behind.write("new");
    behind.finish();
    nowhere.write("new");
    nowhere.finish();

    EXPECT_TRUE(fs::is_symlink(folder.path() / "link"));
    EXPECT_EQ(content_of(folder.path() / "target"), "new");
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST(whole_file, says_why_it_cannot_be_made) {
    const harness::temporary_folder folder;

    EXPECT_THROW(whole_file{folder.path()}, core::fatal_error);
    EXPECT_THROW(whole_file{folder.path() / "missing" / "file"}, core::fatal_error);
}

}  // namespace
}  // namespace app
