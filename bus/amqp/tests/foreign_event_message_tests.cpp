#include <gtest/gtest.h>

#include <core/trace.hpp>
#include <core/uuid.hpp>
#include <nlohmann/json.hpp>
#include <storage/replica_log.hpp>

#include "event_message.hpp"

// What programs send that are not ours.
namespace {

using bus::received_event;
using bus::amqp::wire_message;

constexpr auto traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const core::timestamp now{std::chrono::milliseconds{1'750'000'000'000}};

received_event read(wire_message message) {
    core::manual_clock clock;
    core::uuid_generator ids{clock};
    return bus::amqp::event_of(std::move(message), ids, now);
}

wire_message message(std::string body, std::string content_type = {}) {
    return {.routing_key = "shop.ordered", .body = std::move(body), .content_type = std::move(content_type)};
}

std::int64_t version_of(const std::string& content_type) { return read(message("{}", content_type)).record->version; }

wire_message structured(const std::string& body) { return message(body, "application/cloudevents+json"); }

}  // namespace

TEST(foreign_event_message, needs_nothing_but_a_routing_key_and_a_body) {
    const auto got = read(message(R"({"a":1})"));

    EXPECT_EQ(got.log, storage::outside);
    EXPECT_EQ(got.record->type, "shop.ordered");
    EXPECT_EQ(got.record->data, R"({"a":1})");
    EXPECT_EQ(got.record->version, 1);
    EXPECT_EQ(got.record->time, now);
    EXPECT_EQ(got.record->key, "");
    EXPECT_TRUE(core::is_uuid(got.record->id)) << got.record->id;
}

TEST(foreign_event_message, is_known_by_its_message_id) {
    auto sent = message("{}");
    sent.message_id = "order-7";

    EXPECT_EQ(read(sent).record->id, "order-7");
}

TEST(foreign_event_message, may_spell_the_headers_of_cloud_events_with_a_colon_or_an_underscore) {
    for (const std::string& prefix : std::vector<std::string>{"cloudEvents:", "cloudEvents_"}) {
        auto sent = message("{}");
        sent.message_id = "another";
        sent.headers = {{prefix + "id", "i"},
                        {prefix + "type", "shop.paid"},
                        {prefix + "time", "2025-06-15T15:06:40.25+01:00"},
                        {prefix + "partitionkey", "k"},
                        {prefix + "traceparent", traceparent}};

        const auto got = read(sent);

        EXPECT_EQ(got.record->id, "i") << prefix;
        EXPECT_EQ(got.record->type, "shop.paid") << prefix;
        EXPECT_EQ(core::to_rfc3339(got.record->time), "2025-06-15T14:06:40.250Z") << prefix;
        EXPECT_EQ(got.record->key, "k") << prefix;
        EXPECT_EQ(got.record->traceparent, traceparent) << prefix;
    }
}

TEST(foreign_event_message, may_be_a_cloud_event_in_structured_mode) {
    const auto got = read(structured(R"({"specversion":"1.0","id":"i","type":"shop.paid","source":"/shop",)"
                                     R"("time":"2025-06-15T14:06:40Z","partitionkey":"k","traceparent":")" +
                                     std::string{traceparent} + R"(","data":{"a":[1,2]}})"));

    EXPECT_EQ(got.log, storage::outside);
    EXPECT_EQ(got.record->id, "i");
    EXPECT_EQ(got.record->type, "shop.paid");
    EXPECT_EQ(core::to_rfc3339(got.record->time), "2025-06-15T14:06:40.000Z");
    EXPECT_EQ(got.record->key, "k");
    EXPECT_EQ(got.record->traceparent, traceparent);
    EXPECT_EQ(got.record->version, 1);
    EXPECT_EQ(nlohmann::json::parse(got.record->data), nlohmann::json::parse(R"({"a":[1,2]})"));
}

TEST(foreign_event_message, in_structured_mode_without_data_has_none) {
    const auto got = read(structured(R"({"specversion":"1.0","type":"shop.paid"})"));

    EXPECT_EQ(got.record->data, "null");
    EXPECT_EQ(got.record->version, 1);
}

TEST(foreign_event_message, in_structured_mode_with_attributes_of_the_wrong_kind_lacks_them) {
    auto sent = structured(R"({"specversion":"1.0","id":5,"type":null,"time":{},"partitionkey":[],"data":1})");
    sent.message_id = "m";

    const auto got = read(sent);

    EXPECT_EQ(got.record->id, "m");
    EXPECT_EQ(got.record->type, "shop.ordered");
    EXPECT_EQ(got.record->time, now);
    EXPECT_EQ(got.record->key, "");
    EXPECT_EQ(got.record->data, "1");
}

TEST(foreign_event_message, that_only_says_it_were_structured_gets_version_0_and_keeps_its_bytes) {
    for (const std::string& body :
         std::vector<std::string>{"", "no JSON", "[]", "{}", R"({"id":"i","data":1})", "\xff\xfe"}) {
        const auto got = read(structured(body));

        EXPECT_EQ(got.record->version, 0) << body;
        EXPECT_EQ(got.record->data, body);
    }
}

TEST(foreign_event_message, is_json_when_it_says_so_or_says_nothing) {
    EXPECT_EQ(version_of(""), 1);
    EXPECT_EQ(version_of("application/json"), 1);
    EXPECT_EQ(version_of("application/json; charset=utf-8"), 1);
    EXPECT_EQ(version_of("application/json ;charset=utf-8"), 1);
}

TEST(foreign_event_message, of_another_content_type_gets_version_0) {
    EXPECT_EQ(version_of("text/plain"), 0);
    EXPECT_EQ(version_of("application/jsonx"), 0);
    EXPECT_EQ(version_of("application/json+zip"), 0);
    EXPECT_EQ(version_of(";application/json"), 0);
    EXPECT_EQ(version_of("\xff"), 0);
}

TEST(foreign_event_message, may_have_a_content_type_in_capitals) {
    // RFC 9110 section 8.3.1: the names of a media type are compared without regard to case.
    EXPECT_EQ(version_of("Application/JSON"), 1);
}

TEST(foreign_event_message, keeps_a_body_that_is_no_text) {
    const std::string bytes{"\xff\x00\xc3\x28", 4};

    EXPECT_EQ(read(message(bytes, "application/json")).record->data, bytes);
}

TEST(foreign_event_message, has_names_and_keys_that_operators_can_be_shown) {
    auto sent = message("{}");
    sent.headers = {
        {"cloudEvents:partitionkey", "k\xff\xc3\xa4"}, {"cloudEvents:id", "i\xff"}, {"cloudEvents:type", "t\xff"}};

    const auto got = read(sent);

    EXPECT_EQ(got.record->key, "k\xef\xbf\xbd\xc3\xa4");
    EXPECT_EQ(got.record->id, "i\xef\xbf\xbd");
    EXPECT_EQ(got.record->type, "t\xef\xbf\xbd");
}

TEST(foreign_event_message, with_a_broken_traceparent_is_taken_all_the_same) {
    auto sent = message("{}");
    sent.headers = {{"traceparent", "00-none-at-all"}};

    EXPECT_EQ(read(sent).record->data, "{}");
    EXPECT_FALSE(core::trace_context::parse(read(sent).record->traceparent)) << "its handler begins a new trace";
}

TEST(foreign_event_message, with_a_time_that_is_none_happened_now) {
    for (const std::string& time : std::vector<std::string>{"yesterday", "2025-13-01T00:00:00Z", "2025-02-30T00:00:00Z",
                                                            "99999-01-01T00:00:00Z", "2025-06-15T14:06:40", ""}) {
        auto sent = message("{}");
        sent.headers = {{"cloudEvents:time", time}};

        EXPECT_EQ(read(sent).record->time, now) << time;
    }
}
