#include <gtest/gtest.h>

#include "log_line.hpp"

namespace app {
namespace {

using json = nlohmann::ordered_json;

TEST(log_line, looks_like_a_line_of_the_terminal) {
    const json entry{{"time", "2026-01-31T12:00:00.000Z"},
                     {"level", "INFO"},
                     {"module", "shop"},
                     {"name", "sold"},
                     {"data", {{"id", 7}, {"to", "Ada L."}, {"list", {1, "x"}}}},
                     {"trace_id", "abc"}};

    EXPECT_EQ(log_line(entry),
              R"(2026-01-31T12:00:00.000Z INFO    shop: sold  id=7  to="Ada L."  list=[1,"x"]  trace=abc)");
}

TEST(log_line, S59_is_one_line_without_commands_to_the_terminal) {
    const std::string hostile = "a\n{\"level\":\"error\"}\x1b]0;title\x07\u009b2J\u202e";
    const auto line = log_line({{"name", hostile}, {"module", hostile}, {"data", {{hostile, hostile}}}});

    for (const auto* bad : {"\n", "\x1b", "\x07", "\u009b", "\u202e"}) EXPECT_EQ(line.find(bad), std::string::npos);
    EXPECT_FALSE(log_line(json{}).contains(std::string_view{"\n"}));
}

}  // namespace
}  // namespace app
