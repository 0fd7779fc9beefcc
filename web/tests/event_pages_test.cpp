#include "event_pages.hpp"

#include <gtest/gtest.h>

namespace web {
namespace {

bus::event_view event(const std::string& source, std::int64_t sequence, int millisecond) {
    bus::event_view one;
    one.id = source + std::to_string(sequence);
    one.source = source;
    one.sequence = sequence;
    one.time = core::timestamp{std::chrono::milliseconds{millisecond}};
    return one;
}

std::vector<std::string> ids(const event_page& page) {
    std::vector<std::string> all;
    for (const auto& one : page.items) all.push_back(one.id);
    return all;
}

using texts = std::vector<std::string>;

TEST(event_pages, are_merged_by_time_newest_first) {
    const auto page = newest_events({{.source = "a", .events = {event("a", 3, 30), event("a", 2, 10)}},
                                     {.source = "b", .events = {event("b", 9, 20), event("b", 8, 10)}}},
                                    10);

    EXPECT_EQ(ids(page), (texts{"a3", "b9", "b8", "a2"}));
    EXPECT_FALSE(page.has_more);
}

TEST(event_pages, keep_the_order_of_a_log_whose_clock_went_back) {
    const auto page = newest_events({{.source = "a", .events = {event("a", 3, 10), event("a", 2, 40)}},
                                     {.source = "b", .events = {event("b", 1, 20)}}},
                                    10);

    EXPECT_EQ(ids(page), (texts{"b1", "a3", "a2"}));
}

TEST(event_pages, go_on_where_the_last_one_ended) {
    const auto page =
        newest_events({{.source = "a", .events = {event("a", 3, 30), event("a", 2, 25), event("a", 1, 1)}},
                       {.source = "b", .events = {event("b", 9, 20), event("b", 8, 10)}}},
                      2);

    EXPECT_EQ(ids(page), (texts{"a3", "a2"}));
    EXPECT_TRUE(page.has_more);
    EXPECT_EQ(page.next.sequences, (std::map<std::string, std::int64_t>{{"a", 1}, {"b", 9}}));
}

TEST(event_pages, leave_what_is_added_later_out_of_later_pages) {
    const auto page =
        newest_events({{.source = "a", .events = {event("a", 2, 20), event("a", 1, 10)}}, {.source = "b"}}, 1);

    EXPECT_EQ(page.next.sequences, (std::map<std::string, std::int64_t>{{"a", 1}, {"b", 0}}));
}

TEST(event_pages, follow_oldest_first) {
    const auto page = next_events({{.source = "a", .events = {event("a", 1, 10), event("a", 2, 30)}, .cut = 0},
                                   {.source = "b", .events = {event("b", 8, 10), event("b", 9, 20)}, .cut = 7}},
                                  3);

    EXPECT_EQ(ids(page), (texts{"a1", "b8", "b9"}));
    EXPECT_TRUE(page.has_more);
    EXPECT_EQ(page.next.sequences, (std::map<std::string, std::int64_t>{{"a", 1}, {"b", 9}}));
}

TEST(event_pages, follow_on_after_what_a_filter_left_out) {
    const auto page =
        next_events({{.source = "a", .events = {event("a", 4, 10)}, .cut = 1, .head = 9},
                     {.source = "b", .cut = 5, .head = 7},
                     {.source = "c", .events = {event("c", 12, 20), event("c", 13, 30)}, .cut = 2, .head = 40}},
                    1);

    EXPECT_EQ(ids(page), (texts{"a4"}));
    EXPECT_EQ(page.next.sequences, (std::map<std::string, std::int64_t>{{"a", 9}, {"b", 7}, {"c", 11}}));
}

TEST(event_pages, stay_after_an_event_that_came_while_the_head_was_asked) {
    const auto page = next_events({{.source = "a", .events = {event("a", 10, 10)}, .cut = 1, .head = 9}}, 1);

    EXPECT_EQ(page.next.sequences.at("a"), 10);
}

TEST(event_cut, is_the_same_after_a_trip_to_the_client) {
    const event_cut cut{.sequences = {{"email", 12}, {"product", 0}},
                        .until = core::timestamp{std::chrono::seconds{5}}};

    EXPECT_EQ(to_text(cut), "email-12_product-0_until-5000");
    EXPECT_EQ(read_event_cut(to_text(cut)), cut);
}

TEST(event_cut, is_refused_when_it_is_something_else) {
    for (const auto* text :
         {"", "email", "email-", "-1", "email--1", "email-1_email-2", "email-1x", "until-5", "_",
          "email-1_until-253402300800000", "email-9223372036854775807", "email-92233720368547758070"})
        EXPECT_EQ(read_event_cut(text), std::nullopt) << text;
}

}  // namespace
}  // namespace web
