#include <gtest/gtest.h>

#include <config/load.hpp>
#include <config/table.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "suggest.hpp"
#include "temporary_folder.hpp"

namespace config {
namespace {

TEST(table, has_each_key_flag_and_variable_once) {
    std::set<std::string> names;
    for (const setting& row : table()) {
        EXPECT_TRUE(names.emplace(row.key).second) << row.key;
        EXPECT_TRUE(names.insert(environment_name(row.key)).second) << row.key;
        if (!row.flag.empty()) EXPECT_TRUE(names.emplace(row.flag).second) << row.flag;
    }
}

TEST(table, describes_every_setting) {
    for (const setting& row : table()) {
        EXPECT_FALSE(row.description.empty()) << row.key;
        EXPECT_EQ(row.flag.empty(), row.placeholder.empty()) << row.key;
    }
}

TEST(table, names_environment_variables_by_the_rule) {
    EXPECT_EQ(environment_name("email.smtp_url"), "BUSBAR_EMAIL_SMTP_URL");
    EXPECT_EQ(environment_name("modules"), "BUSBAR_MODULES");
}

TEST(default_file, is_what_the_table_says) {
    if (std::getenv("BUSBAR_UPDATE_DEFAULT_FILE") != nullptr) std::ofstream{DEFAULT_FILE} << commented_defaults();
    std::ifstream file{DEFAULT_FILE};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};

    EXPECT_EQ(text, commented_defaults());
}

TEST(default_file, sets_every_key_to_its_default) {
    const temporary_folder empty;
    const temporary_folder folder;
    folder.write("busbar.json", commented_defaults());

    const loaded configuration = load({.working_directory = folder.path()});

    EXPECT_EQ(configuration.texts, load({.working_directory = empty.path()}).texts);
    for (const setting& row : table())
        EXPECT_NE(commented_defaults().find(environment_name(row.key)), std::string::npos) << row.key;
}

TEST(suggestion, is_a_near_word_or_nothing) {
    const std::vector<std::string> known{"email", "web", "product"};

    EXPECT_EQ(nearest("emial", known), "email");
    EXPECT_EQ(nearest("prodct", known), "product");
    EXPECT_EQ(nearest("something else", known), "");
    EXPECT_EQ(edit_distance("ab", "ba"), 1u);
    EXPECT_EQ(edit_distance("", "abc"), 3u);
}

}  // namespace
}  // namespace config
