#include <gtest/gtest.h>

#include "otlp_message.hpp"
#include "otlp_pace.hpp"
#include "protocol_buffer.hpp"

namespace app {
namespace {

using namespace std::chrono_literals;
using verdict = otlp_pace::verdict;

// The fields of a message, by number, as far as they are text.
std::multimap<std::uint64_t, std::string> texts_in(std::string_view bytes) {
    std::multimap<std::uint64_t, std::string> found;
    protocol_buffer_reader fields{bytes};
    while (const auto field = fields.next()) found.emplace(field->number, field->text);
    EXPECT_FALSE(fields.is_broken());
    return found;
}

std::string first(std::string_view bytes, std::uint64_t field) {
    const auto all = texts_in(bytes);
    const auto place = all.find(field);
    return place == all.end() ? std::string{} : place->second;
}

// What is in the first span of a request.
std::string span_in(const std::string& request) { return first(first(first(request, 1), 2), 2); }

TEST(protocol_buffer, writes_as_its_documentation_says) {
    protocol_buffer one;
    one.add_number(1, 150);
    protocol_buffer two;
    two.add_text(2, "testing");
    protocol_buffer negative;
    negative.add_number(1, static_cast<std::uint64_t>(-2));
    protocol_buffer fixed;
    fixed.add_fixed64(1, 1);
    fixed.add_fixed32(2, 0x01020304);

    EXPECT_EQ(one.bytes(), "\x08\x96\x01");
    EXPECT_EQ(two.bytes(), "\x12\x07testing");
    EXPECT_EQ(negative.bytes(), "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    EXPECT_EQ(fixed.bytes(), std::string("\x09\x01\0\0\0\0\0\0\0\x15\x04\x03\x02\x01", 14));
}

TEST(otlp_message, has_ids_as_bytes_and_only_what_there_is) {
    core::span_record span;
    span.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    span.span_id = "00f067aa0ba902b7";
    span.name = "GET /";

    const auto encoded = span_in(otlp_request({}, {&span, 1}));

    EXPECT_EQ(first(encoded, 1), "\x4b\xf9\x2f\x35\x77\xb3\x4d\xa6\xa3\xce\x92\x9d\x0e\x0e\x47\x36");
    EXPECT_EQ(first(encoded, 2), std::string("\0\xf0\x67\xaa\x0b\xa9\x02\xb7", 8));
    EXPECT_EQ(first(encoded, 5), "GET /");
    EXPECT_FALSE(texts_in(encoded).contains(4)) << "no parent";
    EXPECT_FALSE(texts_in(encoded).contains(15)) << "no status";
}

TEST(otlp_message, takes_text_that_is_none) {
    core::span_record span;
    span.name =
        "a\xff"
        "b";
    span.has_failed = true;
    span.failure = "\xc3";
    span.attributes = {{"x", "\xfe"}};

    const auto encoded = span_in(otlp_request({}, {&span, 1}));

    EXPECT_EQ(first(encoded, 5), "a\uFFFDb");
    EXPECT_EQ(first(first(encoded, 15), 2), "\uFFFD");
}

TEST(otlp_message, tells_how_many_spans_were_refused) {
    protocol_buffer part;
    part.add_number(1, 7);
    part.add_text(2, "why");
    protocol_buffer response;
    response.add_text(1, part.bytes());

    EXPECT_EQ(refused_spans(response.bytes()), 7);
    EXPECT_EQ(refused_spans(""), 0);
    EXPECT_EQ(refused_spans("<html>"), std::nullopt);
    EXPECT_EQ(refused_spans("\x0a\x7f"), std::nullopt) << "cut off";
    EXPECT_EQ(refused_spans(std::string(20, '\xff')), std::nullopt);
}

TEST(otlp_pace, asks_again_what_may_pass_and_nothing_else) {
    for (const auto& [status, what] : {std::pair{200L, verdict::delivered},
                                       {202L, verdict::delivered},
                                       {0L, verdict::again},
                                       {429L, verdict::again},
                                       {502L, verdict::again},
                                       {503L, verdict::again},
                                       {504L, verdict::again},
                                       {400L, verdict::refused},
                                       {404L, verdict::refused},
                                       {500L, verdict::refused},
                                       {301L, verdict::refused}})
        EXPECT_EQ(otlp_pace{}.judge({.status = status}, 0ms, 0).what, what) << status;
}

TEST(otlp_pace, waits_longer_each_time_but_no_less_than_it_was_told) {
    otlp_pace pace;

    EXPECT_EQ(pace.judge({.status = 503}, 0s, 0).wait, 1s);
    EXPECT_EQ(pace.judge({.status = 503}, 1s, 0).wait, 2s);
    EXPECT_EQ(pace.judge({.status = 503, .retry_after = 9s}, 3s, 0).wait, 9s);
    EXPECT_EQ(pace.judge({.status = 503}, 12s, 0).wait, 8s);
    EXPECT_EQ(pace.judge({.status = 503}, 20s, 0).what, verdict::refused) << "newer spans wait";
    std::ignore = pace.judge({.status = 200}, 0s, 0);
    EXPECT_EQ(pace.judge({.status = 503}, 0s, 0).wait, 1s);
    EXPECT_EQ(pace.judge({.status = 429, .retry_after = 60s}, 0s, 0).what, verdict::refused);
}

}  // namespace
}  // namespace app
