#pragma once

#include <gtest/gtest.h>

#include <harness/co_test.hpp>
#include <string>
#include <utility>

#include "gate.hpp"
#include "link.hpp"
#include "recorder.hpp"

// What most tests of a link begin with.
namespace bus::amqp::test {

inline constexpr channel_number publisher = 1;
inline constexpr channel_number consumer = 2;

// One channel with confirms, and one that consumes `queue`.
[[nodiscard]] inline link_plan plan_for(const std::string& queue, std::uint16_t prefetch = 500) {
    return {.declared = {.queues = {{.name = queue}}},
            .channels = {{.has_confirms = true}, {.consumer = consumer_plan{.queue = queue, .prefetch = prefetch}}}};
}

[[nodiscard]] inline link_settings through(const gate& gate) {
    auto settings = link_under_test::default_settings();
    settings.broker = gate.address();
    return settings;
}

[[nodiscard]] inline wire_message message_to(const std::string& queue, std::string body) {
    return {.routing_key = queue, .body = std::move(body), .is_mandatory = true};
}

inline void expect_part(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
}

// Publishes, is handed it and acknowledges it: all of a link works.
inline core::awaitable<void> expect_to_work(link_under_test& test, std::string queue) {
    const auto before = test.heard.deliveries.size();
    EXPECT_TRUE(test.subject.publish(publisher, 1, message_to(queue, "it works")));
    co_await harness::eventually([&] { return test.heard.deliveries.size() > before; });
    test.subject.acknowledge_up_to(consumer, test.heard.deliveries.back().tag);
}

}  // namespace bus::amqp::test
