#include <gtest/gtest.h>

#include <algorithm>
#include <harness/co_test.hpp>

#include "link.hpp"
#include "link_usage.hpp"

namespace {

using namespace bus::amqp;
using namespace bus::amqp::test;
using outcome = enum confirmation::outcome;

std::string every_byte() {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
    return bytes;
}

}  // namespace

CO_TEST(link, carries_every_byte_and_header_there_and_back) {
    own_names names;
    const auto exchange = names.exchange();
    const auto queue = names.queue();
    link_under_test test{{.declared = {.exchanges = {{.name = exchange, .type = "topic"}},
                                       .queues = {{.name = queue, .arguments = {{"x-queue-type", "quorum"}}}},
                                       .bindings = {{.queue = queue, .exchange = exchange, .routing_key = "a.#"}}},
                          .channels = {{.has_confirms = true}, {.consumer = consumer_plan{.queue = queue}}}}};
    co_await test.connect();
    // Longer than one frame.
    std::string body;
    while (body.size() < 300'000) body += every_byte();
    const wire_message sent{.exchange = exchange,
                            .routing_key = "a.b.c",
                            .body = body,
                            .content_type = "application/json",
                            .message_id = "m-1",
                            .correlation_id = "c-1",
                            .reply_to = "somewhere",
                            .expiration = std::chrono::milliseconds{60'000},
                            .timestamp = std::chrono::sys_seconds{std::chrono::seconds{1'750'000'000}},
                            .is_persistent = true,
                            .is_mandatory = true,
                            .headers = {{"bytes", every_byte()}, {"number", std::int64_t{-1} << 40}, {"empty", ""}}};

    EXPECT_TRUE(test.subject.publish(publisher, 7, sent));
    co_await harness::eventually(
        [&] { return test.heard.deliveries.size() == 1 && test.heard.confirmations.size() == 1; });

    EXPECT_EQ(test.heard.confirmations[0].id, 7u);
    EXPECT_EQ(test.heard.count(outcome::taken), 1u);
    const auto& delivery = test.heard.deliveries[0];
    const auto& got = delivery.message;
    EXPECT_FALSE(delivery.is_redelivered);
    EXPECT_EQ(got.exchange, exchange);
    EXPECT_EQ(got.routing_key, "a.b.c");
    EXPECT_TRUE(got.body == body);
    EXPECT_EQ(got.content_type, sent.content_type);
    EXPECT_EQ(got.message_id, sent.message_id);
    EXPECT_EQ(got.correlation_id, sent.correlation_id);
    EXPECT_EQ(got.reply_to, sent.reply_to);
    EXPECT_EQ(got.expiration, sent.expiration);
    EXPECT_EQ(got.timestamp, sent.timestamp);
    EXPECT_TRUE(got.is_persistent);
    EXPECT_EQ(got.headers, sent.headers);
}

CO_TEST(link, takes_from_the_queue_what_is_acknowledged_and_leaves_the_rest) {
    own_names names;
    const auto queue = names.queue();
    {
        link_under_test test{plan_for(queue)};
        co_await test.connect();
        for (std::uint64_t i = 0; i < 5; ++i) EXPECT_TRUE(test.subject.publish(publisher, i, message_to(queue, "x")));
        co_await harness::eventually([&] { return test.heard.deliveries.size() == 5; });

        test.subject.acknowledge_up_to(consumer, test.heard.deliveries[1].tag);
        test.subject.acknowledge(consumer, test.heard.deliveries[3].tag);
    }

    bare_client client;
    co_await harness::eventually([&] { return client.count_messages(queue) == 2; });
}

CO_TEST(link, confirms_each_of_10000_messages_once) {
    own_names names;
    const auto queue = names.queue();
    link_under_test test{
        {.declared = {.queues = {{.name = queue}}}, .channels = {{.has_confirms = true, .most_waiting = 10'000}}}};
    co_await test.connect();

    for (std::uint64_t i = 0; i < 10'000; ++i) EXPECT_TRUE(test.subject.publish(publisher, i, message_to(queue, "x")));
    co_await harness::eventually([&] { return test.heard.confirmations.size() >= 10'000; });

    EXPECT_EQ(test.heard.count(outcome::taken), 10'000u);
    std::vector<bool> seen(10'000);
    for (const auto& each : test.heard.confirmations) seen[each.id] = true;
    EXPECT_EQ(std::ranges::count(seen, true), 10'000);
}

CO_TEST(link, tells_unroutable_messages_from_the_routable_around_them) {
    own_names names;
    const auto queue = names.queue();
    link_under_test test{plan_for(queue, 1000)};
    co_await test.connect();

    for (std::uint64_t i = 0; i < 1000; ++i)
        EXPECT_TRUE(test.subject.publish(publisher, i, message_to(i % 3 == 0 ? "busbar-test.nowhere" : queue, "x")));
    co_await harness::eventually([&] { return test.heard.confirmations.size() == 1000; });

    for (const auto& each : test.heard.confirmations)
        EXPECT_EQ(each.outcome, each.id % 3 == 0 ? outcome::unroutable : outcome::taken) << each.id;
    EXPECT_TRUE(test.heard.returns.empty());
    co_await harness::eventually([&] { return test.heard.deliveries.size() == 666; });
    // How they are told apart is nobody else's business.
    EXPECT_TRUE(test.heard.deliveries[0].message.headers.empty());
}

CO_TEST(link, hands_back_an_unroutable_message_of_a_channel_without_confirms) {
    link_under_test test{{.channels = {{}}}};
    co_await test.connect();

    EXPECT_TRUE(test.subject.publish(publisher, 0, message_to("busbar-test.nowhere", "body")));
    co_await harness::eventually([&] { return !test.heard.returns.empty(); });

    EXPECT_EQ(test.heard.returns[0].routing_key, "busbar-test.nowhere");
    EXPECT_EQ(test.heard.returns[0].body, "body");
}

CO_TEST(link, is_handed_no_more_than_its_prefetch) {
    own_names names;
    const auto queue = names.queue();
    link_under_test test{plan_for(queue, 10)};
    co_await test.connect();
    for (std::uint64_t i = 0; i < 30; ++i) EXPECT_TRUE(test.subject.publish(publisher, i, message_to(queue, "x")));
    co_await harness::eventually([&] { return test.heard.confirmations.size() == 30; });
    co_await harness::eventually([&] { return test.heard.deliveries.size() == 10; });

    // The broker hands over all it may before it answers what comes later.
    (void)co_await test.subject.count_consumers(queue);
    EXPECT_EQ(test.heard.deliveries.size(), 10u);

    test.subject.acknowledge_up_to(consumer, test.heard.deliveries[9].tag);
    co_await harness::eventually([&] { return test.heard.deliveries.size() == 20; });
}

CO_TEST(link, takes_no_more_than_the_most_that_may_wait) {
    own_names names;
    const auto queue = names.queue();
    link_under_test test{
        {.declared = {.queues = {{.name = queue}}}, .channels = {{.has_confirms = true, .most_waiting = 50}}}};
    EXPECT_FALSE(test.subject.publish(publisher, 0, message_to(queue, "not connected")));
    co_await test.connect();

    std::uint64_t taken = 0;
    while (test.subject.publish(publisher, taken, message_to(queue, std::string(10'000, 'x')))) ++taken;
    EXPECT_GE(taken, 50u);

    co_await harness::eventually([&] { return test.heard.confirmations.size() == taken; });
    EXPECT_TRUE(test.subject.publish(publisher, taken, message_to(queue, "x")));
}

CO_TEST(link, answers_through_direct_reply_to) {
    own_names names;
    const auto queue = names.queue();
    link_under_test test{{.declared = {.queues = {{.name = queue}}},
                          .channels = {{.consumer = consumer_plan{.queue = "amq.rabbitmq.reply-to", .no_ack = true}},
                                       {.consumer = consumer_plan{.queue = queue}}}}};
    test.heard.on_delivery = [&test](channel_number channel, const wire_delivery& delivery) {
        if (channel != consumer) return;
        EXPECT_TRUE(test.subject.publish(consumer, 0,
                                         {.routing_key = delivery.message.reply_to,
                                          .body = "answer to " + delivery.message.body,
                                          .correlation_id = delivery.message.correlation_id}));
    };
    co_await test.connect();

    EXPECT_TRUE(test.subject.publish(
        publisher, 0,
        {.routing_key = queue, .body = "question", .correlation_id = "c-9", .reply_to = "amq.rabbitmq.reply-to"}));
    co_await harness::eventually([&] { return test.heard.deliveries.size() == 2; });

    EXPECT_EQ(test.heard.deliveries[1].message.body, "answer to question");
    EXPECT_EQ(test.heard.deliveries[1].message.correlation_id, "c-9");
}

CO_TEST(link, counts_the_consumers_of_a_queue_and_survives_that_there_is_none) {
    own_names names;
    const auto queue = names.queue();
    const auto idle = names.queue();
    auto plan = plan_for(queue);
    plan.declared.queues.push_back({.name = idle});
    link_under_test test{plan};
    EXPECT_EQ(co_await test.subject.count_consumers(queue), std::nullopt);
    co_await test.connect();

    EXPECT_EQ(co_await test.subject.count_consumers(queue), 1u);
    EXPECT_EQ(co_await test.subject.count_consumers("busbar-test.nowhere"), std::nullopt);
    EXPECT_EQ(co_await test.subject.count_consumers(idle), 0u);
    EXPECT_EQ(test.heard.connections, 1);
    EXPECT_TRUE(test.heard.losses.empty());
}
