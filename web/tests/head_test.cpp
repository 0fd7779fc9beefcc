#include "head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace web {
namespace {

int status_of(const std::string& head, const limits& bounds = {}) {
    head_finder finder;
    const auto size = finder.find(head, bounds);
    if (!size) return size.error().status;
    if (*size == 0) return 0;
    request request;
    const auto framing = parse_head(std::string_view{head}.substr(0, *size), bounds, request);
    return framing ? 200 : framing.error().status;
}

std::string with(const std::string& fields) { return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"; }

TEST(head, is_read_into_method_target_host_and_fields) {
    const std::string text = "POST /x?y=1 HTTP/1.1\r\nHost: a:80\r\nX-One:  two words \t\r\nContent-Length: 7\r\n\r\n";
    request request;

    const auto framing = parse_head(text, limits{}, request);

    ASSERT_TRUE(framing);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/x?y=1");
    EXPECT_EQ(request.host, "a:80");
    EXPECT_EQ(request.header("x-ONE"), "two words");
    EXPECT_EQ(framing->content_length, 7u);
    EXPECT_TRUE(framing->keep_alive);
}

TEST(head, is_found_however_it_is_cut_into_pieces) {
    const std::string text = with("A: b\r\n");
    head_finder finder;

    for (std::size_t size = 1; size < text.size(); ++size)
        EXPECT_EQ(*finder.find(text.substr(0, size), limits{}), 0u) << size;

    EXPECT_EQ(*finder.find(text + "GET", limits{}), text.size());
}

TEST(head, keeps_the_connection_as_the_version_and_the_client_say) {
    const auto keeps = [](const std::string& text) {
        request request;
        return parse_head(text, limits{}, request)->keep_alive;
    };
    EXPECT_TRUE(keeps(with("")));
    EXPECT_FALSE(keeps(with("Connection: foo, Close\r\n")));
    EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(head, an_absolute_address_must_name_the_host_field) {
    request request;

    ASSERT_TRUE(parse_head("GET http://a/x HTTP/1.1\r\nHost: A\r\n\r\n", limits{}, request));

    EXPECT_EQ(request.target, "/x");
    EXPECT_EQ(status_of("GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
    EXPECT_EQ(status_of("GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

struct limit_case {
    const char* what;
    std::string head;
    int status;
};

TEST(head, limits_hold_to_the_byte) {
    const limits bounds;
    const auto target = [](std::size_t size) {
        return "GET /" + std::string(size - 1, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
    };
    const auto sized = [](std::size_t size) {
        const auto empty = with("X: \r\n").size();
        return with("X: " + std::string(size - empty, 'a') + "\r\n");
    };
    const auto fields = [](int count) {
        std::string text;
        for (int i = 1; i < count; ++i) text += "X: y\r\n";  // Host is one
        return with(text);
    };

    EXPECT_EQ(status_of(target(bounds.target)), 200);
    EXPECT_EQ(status_of(target(bounds.target + 1)), 414);
    EXPECT_EQ(status_of(sized(bounds.head)), 200);
    EXPECT_EQ(status_of(sized(bounds.head + 1)), 431);
    EXPECT_EQ(status_of(fields(100)), 200);
    EXPECT_EQ(status_of(fields(101)), 431);
    EXPECT_EQ(status_of("GET /" + std::string(20'000, 'a')), 414);
    EXPECT_EQ(status_of(with("X: " + std::string(20'000, 'a')).substr(0, 17'000)), 431);
}

TEST(head, what_can_not_become_a_request_is_refused_before_its_end) {
    EXPECT_EQ(status_of("\x16\x03\x01"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\n"), 400);
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost"), 0);
}

}  // namespace
}  // namespace web
