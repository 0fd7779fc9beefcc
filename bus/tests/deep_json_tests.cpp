#include <gtest/gtest.h>

#include <bus/json.hpp>
#include <string>

#include "operation_views.hpp"

// The library reads JSON of any depth, but copies and writes it by recursion: what is nested deep enough would end the
// process, whoever sent it.
namespace bus::test {

struct note {
    std::string name;
    nlohmann::json data;
};
BOOST_DESCRIBE_STRUCT(note, (), (name, data))

namespace {

std::string nested(std::size_t depth) {
    return R"({"name":"\"[{","data":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
}

TEST(deep_json, is_no_message) {
    for (const auto depth : {std::size_t{200}, std::size_t{200'000}}) {
        EXPECT_FALSE(decode<note>(nested(depth), reading::input).has_value()) << depth;
        EXPECT_FALSE(decode<note>(nested(depth), reading::newer_version).has_value()) << depth;
    }
}

TEST(deep_json, may_be_as_deep_as_anybody_needs) {
    const auto read = decode<note>(nested(99), reading::input);

    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(encode(*read), nested(99));
}

TEST(deep_json, is_shown_to_operators_as_text) {
    storage::dead_letter letter;
    letter.parked.event.data = nested(200'000);
    letter.parked.errors = "[]";

    const auto view = view_of("email", letter);

    EXPECT_EQ(view.data, nlohmann::json(nested(200'000)));
}

}  // namespace
}  // namespace bus::test
