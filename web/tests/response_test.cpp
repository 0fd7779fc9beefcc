#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <tuple>

#include "assets.hpp"
#include "response_writer.hpp"
#include "text.hpp"

namespace web {
namespace {

std::string written(const response& answer, bool without_body = false) {
    std::string out;
    const auto rest = serialise(answer, {.without_body = without_body, .keep_alive = true, .date = "now"}, out);
    return out + std::string{rest};
}

TEST(problem, each_kind_of_error_has_its_status) {
    using kind = core::error_kind;
    for (const auto& [given, status] : std::initializer_list<std::pair<kind, int>>{{kind::invalid, 422},
                                                                                   {kind::not_found, 404},
                                                                                   {kind::conflict, 409},
                                                                                   {kind::denied, 403},
                                                                                   {kind::unauthenticated, 401},
                                                                                   {kind::gone, 410},
                                                                                   {kind::precondition_failed, 412},
                                                                                   {kind::no_handler, 503},
                                                                                   {kind::overloaded, 503},
                                                                                   {kind::storage_full, 507},
                                                                                   {kind::timed_out, 503},
                                                                                   {kind::remote, 500}}) {
        const auto answer = problem(core::error{given, "why"});
        EXPECT_EQ(answer.status, status);
        EXPECT_EQ(answer.trouble->retry_after.has_value(), status == 503);
        EXPECT_EQ(answer.trouble->detail == "why", status != 500);
    }
}

TEST(problem, is_written_as_rfc_9457_says) {
    const problem_details trouble{422, "Some fields are not right.", {{"email", "must \"be\" valid"}}, "too_common"};

    EXPECT_EQ(
        to_json(trouble, "abc"),
        R"({"type":"/problems/too_common","title":"Unprocessable Content","status":422,"detail":"Some fields are not right.",)"
        R"("trace_id":"abc","errors":[{"field":"email","detail":"must \"be\" valid"}]})");
    EXPECT_EQ(to_json({404, "No."}, "abc"),
              R"({"type":"about:blank","title":"Not Found","status":404,"detail":"No.","trace_id":"abc"})");
    EXPECT_NO_THROW(std::ignore = to_json({404, "\xff"}, "abc"));
}

TEST(answer, no_value_of_a_field_can_begin_another_field) {
    const auto text = written(empty(204).with("Location", "/a\r\nSet-Cookie: x=y\n\rz"));

    EXPECT_EQ(text.find("\r\nSet-Cookie"), std::string::npos);
    EXPECT_EQ(text.find('\n', text.find("Location")), text.find("\r\n", text.find("Location")) + 1);
}

TEST(answer, without_content_says_nothing_of_its_length) {
    EXPECT_EQ(written(empty(204)).find("Content-Length"), std::string::npos);
    EXPECT_EQ(written(empty(304)).find("Content-Length"), std::string::npos);
    EXPECT_NE(written(html(200, "abc"), true).find("Content-Length: 3\r\n\r\n"), std::string::npos);
    EXPECT_NE(written(redirect("/x")).find("Content-Length: 0\r\n"), std::string::npos);
}

TEST(date_field, is_what_http_wants) {
    date_field date;
    EXPECT_EQ(date.at(*core::from_rfc3339("1994-11-06T08:49:37.999Z")), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(date.at(*core::from_rfc3339("2028-02-29T23:59:59Z")), "Tue, 29 Feb 2028 23:59:59 GMT");
}

TEST(etag, matches_any_of_a_list) {
    EXPECT_TRUE(matches_etag("\"1\"", "\"1\""));
    EXPECT_TRUE(matches_etag("\"0\", W/\"1\"", "\"1\""));
    EXPECT_TRUE(matches_etag("*", "\"1\""));
    EXPECT_FALSE(matches_etag("\"11\"", "\"1\""));
    EXPECT_FALSE(matches_etag("", "\"1\""));
}

TEST(local_path, is_the_only_thing_to_redirect_to) {
    for (const auto* good : {"/", "/x", "/x/y?z=//a", "/x#y"}) EXPECT_TRUE(is_local_path(good)) << good;
    for (const auto* bad : {"",
                            "x",
                            "//evil.test",
                            "/\\evil.test",
                            "\\\\evil.test",
                            "\\/evil.test",
                            "http://evil.test",
                            "https:evil.test",
                            "javascript:x",
                            "/x\ny",
                            "/\tx",
                            " /x",
                            "/x y",
                            "/\x01",
                            "///x",
                            "data:x",
                            "/x\r\nSet-Cookie: a",
                            "/a\\b",
                            "?x",
                            "#x",
                            "/\x7f"})
        EXPECT_FALSE(is_local_path(bad)) << bad;
}

TEST(percent_encode, gives_what_a_query_gives_back) {
    EXPECT_EQ(percent_encode("/a-b/c_d.~?x=1&y=ä%+ #"), "/a-b/c_d.~%3Fx%3D1%26y%3D%C3%A4%25%2B%20%23");
    for (const auto* text : {"", "/x?a=%20&b", "+ \xff\x01"})
        EXPECT_EQ(percent_decode(percent_encode(text), true), text) << text;
}

TEST(utf8, is_taken_only_when_well_formed) {
    for (const auto* good : {"", "a", "ä", "€", "😀", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
        EXPECT_TRUE(is_valid_utf8(good));
    for (const auto* bad : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
                            "\xf4\x90\x80\x80", "\xf5", "\xc3", "\xe2\x82"})
        EXPECT_FALSE(is_valid_utf8(bad));
}

}  // namespace
}  // namespace web
