#include <gtest/gtest.h>

#include <bus/json.hpp>
#include <limits>
#include <stdexcept>

namespace bus::test {

struct line {
    std::string product;
    std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(line, (), (product, count))

struct everything {
    std::string text;
    std::int64_t number = 0;
    double part = 0;
    bool truth = false;
    std::optional<std::string> maybe;
    std::vector<line> lines;
    core::timestamp time{};
    nlohmann::json any;
};
BOOST_DESCRIBE_STRUCT(everything, (), (text, number, part, truth, maybe, lines, time, any))

struct carried {
    json_text data;
};
BOOST_DESCRIBE_STRUCT(carried, (), (data))

namespace {

everything sample() {
    return {"grün \"\\\n",
            std::numeric_limits<std::int64_t>::min(),
            0.1,
            true,
            std::nullopt,
            {{"a", 1}, {"b", 2}},
            core::timestamp{std::chrono::milliseconds{1}},
            {{"x", {1, "two", nullptr}}}};
}

std::vector<core::field_error> problems(std::string_view text) {
    auto read = decode<everything>(text, reading::input);
    return read ? std::vector<core::field_error>{} : read.error();
}

std::string valid_with(const std::string& field, const nlohmann::ordered_json& value) {
    auto json = to_json(sample());
    json[field] = value;
    return json.dump();
}

}  // namespace

// Names and order of the fields are the wire format: they are what the description says.
TEST(json, keeps_the_golden_form) {
    EXPECT_EQ(encode(sample()),
              R"({"text":"grün \"\\\n","number":-9223372036854775808,"part":0.1,"truth":true,"maybe":null,)"
              R"("lines":[{"product":"a","count":1},{"product":"b","count":2}],"time":"1970-01-01T00:00:00.001Z",)"
              R"("any":{"x":[1,"two",null]}})");
}

// RFC 8259, section 7.
TEST(json, writes_all_text_as_the_library_does) {
    for (const auto* text : {"", "plain ~!/", "\"", "\\", "a\nb", "\x01", "\x1f", "\x7f", "é", "\u2028", "\U0001f600"})
        EXPECT_EQ(encode(line{text, 1}), R"({"product":)" + nlohmann::json(text).dump() + R"(,"count":1})");
    EXPECT_EQ(encode(line{{'a', '\0'}, -1}), R"({"product":"a\u0000","count":-1})");
    EXPECT_EQ(encode(done{}), "{}");
}

TEST(json, reads_what_it_writes) {
    const auto text = encode(sample());
    const auto read = decode<everything>(text, reading::input);

    ASSERT_TRUE(read);
    EXPECT_EQ(encode(*read), text);
}

TEST(json, names_every_field_that_is_wrong) {
    EXPECT_EQ(problems("{"), (std::vector<core::field_error>{{"", "is not JSON"}}));
    EXPECT_EQ(problems("[]"), (std::vector<core::field_error>{{"", "must be an object"}}));
    EXPECT_EQ(problems(valid_with("text", 1)), (std::vector<core::field_error>{{"text", "must be a string"}}));
    EXPECT_EQ(problems(valid_with("number", 1.5)),
              (std::vector<core::field_error>{{"number", "must be a whole number"}}));
    EXPECT_EQ(problems(valid_with("number", 9223372036854775808ULL)),
              (std::vector<core::field_error>{{"number", "must be a whole number"}}));
    EXPECT_EQ(problems(valid_with("truth", "yes")),
              (std::vector<core::field_error>{{"truth", "must be true or false"}}));
    EXPECT_EQ(problems(valid_with("lines", {{{"product", "a"}}})),
              (std::vector<core::field_error>{{"lines[0].count", "is required"}}));
    EXPECT_EQ(problems(valid_with("extra", 1)), (std::vector<core::field_error>{{"extra", "is not a known field"}}));
    EXPECT_EQ(problems(valid_with("time", "noon")),
              (std::vector<core::field_error>{{"time", "must be a time such as 2026-01-31T12:00:00.000Z"}}));
    EXPECT_EQ(problems(R"({"text":1,"number":"x"})").size(), 7U) << "all at once, but for the optional one";
}

TEST(json, an_event_of_a_newer_version_is_read_without_what_it_adds) {
    const auto read = decode<line>(R"({"product":"a","count":1,"colour":"red"})", reading::newer_version);

    ASSERT_TRUE(read);
    EXPECT_EQ(read->count, 1);
}

// CONFORMANCE I4: what JSON cannot carry is refused where it is written.
TEST(json, refuses_text_that_is_not_utf8_and_numbers_that_are_none) {
    auto broken = sample();
    broken.text = "\xff";
    EXPECT_THROW((void)encode(broken), std::invalid_argument);
    EXPECT_TRUE(encode(broken, broken_text::replaced).contains("\"text\":\"\ufffd\""));
    broken = sample();
    broken.part = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THROW((void)encode(broken), std::invalid_argument);
}

TEST(json, that_is_carried_as_text_is_the_same_on_the_wire) {
    const auto read = decode<carried>("{\"data\" : {\"a\": [1, \"x\\ny\"]}}", reading::input);

    ASSERT_TRUE(read);
    EXPECT_EQ(read->data.text, R"({"a":[1,"x\ny"]})");
    EXPECT_EQ(encode(*read), R"({"data":{"a":[1,"x\ny"]}})");
    EXPECT_EQ(read->data.value()["a"][0], 1);
    EXPECT_EQ(json_text::of("\xff").text, "\"\ufffd\"");
}

}  // namespace bus::test
