#include <gtest/gtest.h>

#include <core/uuid.hpp>

#include "event_message.hpp"

// A program that publishes JSON nested so deep that writing it again would end the process.
TEST(deep_message, in_structured_mode_gets_version_0_and_keeps_its_bytes) {
    core::manual_clock clock;
    core::uuid_generator ids{clock};
    const auto body = R"({"specversion":"1.0","type":"shop.paid","data":)" + std::string(200'000, '[') +
                      std::string(200'000, ']') + "}";

    const auto got = bus::amqp::event_of(
        {.routing_key = "shop.ordered", .body = body, .content_type = "application/cloudevents+json"}, ids,
        clock.now());

    EXPECT_EQ(got.record->version, 0);
    EXPECT_EQ(got.record->data, body);
}
