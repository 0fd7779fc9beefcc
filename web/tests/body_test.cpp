#include "body.hpp"

#include <gtest/gtest.h>

#include <string>

namespace web {
namespace {

request with_body(std::string_view type, std::string body) {
    request request;
    if (!type.empty()) request.fields.push_back({"Content-Type", type});
    request.body = std::move(body);
    return request;
}

int json_status(std::string_view type, std::string body) {
    const auto read = read_json(with_body(type, std::move(body)));
    return read ? 200 : read.error().status;
}

TEST(json_body, must_be_said_to_be_json) {
    EXPECT_EQ(json_status("application/json", "{}"), 200);
    EXPECT_EQ(json_status("Application/JSON; charset=UTF-8", "{}"), 200);
    EXPECT_EQ(json_status("application/json;charset=\"utf-8\"", "{}"), 200);
    EXPECT_EQ(json_status("application/json; charset=latin1", "{}"), 415);
    EXPECT_EQ(json_status("text/plain", "{}"), 415);
    EXPECT_EQ(json_status("application/x-www-form-urlencoded", "{}"), 415);
    EXPECT_EQ(json_status("application/jsonx", "{}"), 415);
    EXPECT_EQ(json_status("", "{}"), 415);
}

TEST(json_body, broken_json_is_refused_with_the_place_where_it_breaks) {
    const auto read = read_json(with_body("application/json", R"({"a": 1, "b" 2})"));

    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().status, 400);
    EXPECT_EQ(read.error().trouble->detail, "The body is not JSON: it breaks at byte 14.");
    EXPECT_EQ(json_status("application/json", ""), 400);
    EXPECT_EQ(json_status("application/json", "{\"a\":\"\xff\"}"), 400);
    EXPECT_EQ(json_status("application/json", "{} x"), 400);
    EXPECT_EQ(json_status("application/json", "[1e999]"), 400);
}

TEST(json_body, may_be_nested_32_levels_deep) {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };

    EXPECT_EQ(json_status("application/json", nested(32)), 200);
    EXPECT_EQ(json_status("application/json", nested(33)), 400);
    EXPECT_EQ(json_status("application/json", nested(1'000'000)), 400);
    EXPECT_EQ(json_status("application/json", R"(["[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\""])"), 200);
}

TEST(form_body, is_decoded_into_its_fields) {
    const auto form =
        read_form(with_body("application/x-www-form-urlencoded", "name=Ada+L%C3%B6ve&empty=&flag&&name=2"));

    ASSERT_TRUE(form);
    EXPECT_EQ(form->value_or_empty("name"), "Ada Löve");
    EXPECT_EQ(form->value_or_empty("empty"), "");
    EXPECT_NE(form->find("flag"), nullptr);
    EXPECT_EQ(form->find("none"), nullptr);
}

TEST(form_body, is_refused_when_it_is_broken_or_too_long) {
    const auto status = [](std::string_view type, std::string body) {
        const auto form = read_form(with_body(type, std::move(body)));
        return form ? 200 : form.error().status;
    };
    const std::string type = "application/x-www-form-urlencoded";
    std::string hundred = "a=1";
    for (int i = 1; i < 100; ++i) hundred += "&a=1";

    EXPECT_EQ(status(type, hundred), 200);
    EXPECT_EQ(status(type, hundred + "&a=1"), 400);
    EXPECT_EQ(status(type, "a=%zz"), 400);
    EXPECT_EQ(status(type, "a=%c0%80"), 400);
    EXPECT_EQ(status("multipart/form-data; boundary=x", "a=1"), 415);
    EXPECT_EQ(status("text/plain", "a=1"), 415);
}

TEST(page, is_taken_from_the_query_and_refused_out_of_range) {
    const auto page = [](std::string name, std::string value) {
        request request;
        request.query.add(std::move(name), std::move(value));
        return read_page(request);
    };

    EXPECT_EQ(read_page(request{})->size, 10);
    EXPECT_EQ(page("size", "100")->size, 100);
    EXPECT_EQ(page("page", "7")->page, 7);
    EXPECT_EQ(page("size", "")->size, 10) << "a form sends what was left empty";
    for (const auto* wrong : {"0", "101", "-1", "1.5", "ten", "1 ", "99999999999999999999"}) {
        const auto refused = page("size", wrong);
        ASSERT_FALSE(refused) << wrong;
        EXPECT_EQ(refused.error().status, 422);
        EXPECT_EQ(refused.error().trouble->errors.front().field, "size");
    }
    EXPECT_FALSE(page("page", "0"));
}

}  // namespace
}  // namespace web
