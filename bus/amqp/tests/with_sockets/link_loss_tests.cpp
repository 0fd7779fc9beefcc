// How a link loses its connection, what it says, and that it comes back.

#include <gtest/gtest.h>

#include <harness/co_test.hpp>

#include "gate.hpp"
#include "link_usage.hpp"

namespace {

using namespace bus::amqp;
using namespace std::chrono_literals;
using namespace bus::amqp::test;

// A method frame on channel 0.
std::string frame_of(const std::string& method) {
    std::string frame{"\x01\0\0", 3};
    for (int shift = 24; shift >= 0; shift -= 8) frame.push_back(static_cast<char>(method.size() >> shift));
    return frame + method + "\xCE";
}

std::string short_text(const std::string& text) { return static_cast<char>(text.size()) + text; }

}  // namespace

CO_TEST(link_loss, connects_when_the_broker_comes) {
    own_names names;
    const auto queue = names.queue();
    gate gate;
    link_under_test test{plan_for(queue), through(gate)};
    test.start();
    co_await harness::eventually([&] { return test.heard.losses.size() >= 3; });
    expect_part(test.heard.losses[0], "no broker listens at 127.0.0.1:" + std::to_string(gate.address().port));
    EXPECT_FALSE(test.subject.publish(publisher, 1, message_to(queue, "x")));

    gate.open();
    co_await test.connect();

    co_await expect_to_work(test, queue);
}

CO_TEST(link_loss, comes_back_when_the_connection_is_cut_and_gets_again_what_was_not_acknowledged) {
    own_names names;
    const auto queue = names.queue();
    gate gate;
    gate.open();
    link_under_test test{plan_for(queue), through(gate)};
    co_await test.connect();
    EXPECT_TRUE(test.subject.publish(publisher, 1, message_to(queue, "first")));
    co_await harness::eventually([&] { return test.heard.deliveries.size() == 1; });

    gate.cut();
    co_await harness::eventually([&] { return test.heard.deliveries.size() == 2; });

    EXPECT_EQ(test.heard.losses.size(), 1u);
    expect_part(test.heard.losses.at(0), "closed the connection without a word");
    EXPECT_TRUE(test.heard.deliveries[1].is_redelivered);
    // Of the connection before: it means none of this one.
    test.subject.acknowledge_up_to(consumer, test.heard.deliveries[0].tag);
    co_await test.connect(2);
    EXPECT_NE(co_await test.subject.count_consumers(queue), std::nullopt);
    test.stop(2s);
    bare_client client;
    co_await harness::eventually([&] { return client.count_messages(queue) == 1; });
}

CO_TEST(link_loss, comes_back_after_a_channel_was_closed) {
    own_names names;
    const auto queue = names.queue();
    link_under_test test{plan_for(queue)};
    co_await test.connect();

    EXPECT_TRUE(test.subject.publish(publisher, 1, {.exchange = "busbar-test.nowhere", .routing_key = "a"}));
    co_await test.connect(2);

    EXPECT_EQ(test.heard.losses.size(), 1u);
    expect_part(test.heard.losses.at(0), "no exchange 'busbar-test.nowhere'");
    co_await expect_to_work(test, queue);
}

CO_TEST(link_loss, makes_a_queue_anew_that_was_deleted_under_its_consumer) {
    own_names names;
    const auto queue = names.queue();
    link_under_test test{plan_for(queue)};
    co_await test.connect();

    bare_client{}.delete_queue(queue);
    co_await test.connect(2);

    EXPECT_EQ(test.heard.losses.size(), 1u);
    expect_part(test.heard.losses.at(0), "has ended the consumer of queue `" + queue + "`");
    co_await expect_to_work(test, queue);
}

CO_TEST(link_loss, tells_why_the_broker_closed_the_connection) {
    own_names names;
    const auto queue = names.queue();
    gate gate;
    gate.open();
    link_under_test test{plan_for(queue), through(gate)};
    co_await test.connect();

    // connection.close
    gate.say_to_client(frame_of(std::string{"\0\x0A\0\x32\x01\x40", 6} + short_text("CONNECTION_FORCED - maintenance") +
                                std::string(4, '\0')));
    co_await test.connect(2);

    expect_part(test.heard.losses.at(0), "ended it: 320 CONNECTION_FORCED - maintenance");
    co_await expect_to_work(test, queue);
}

CO_TEST(link_loss, keeps_what_is_published_until_the_broker_takes_it_again) {
    own_names names;
    const auto queue = names.queue();
    gate gate;
    gate.open();
    link_under_test test{plan_for(queue), through(gate)};
    co_await test.connect();
    co_await expect_to_work(test, queue);
    co_await harness::eventually([&] { return test.heard.confirmations.size() == 1; });

    // connection.blocked
    gate.say_to_client(frame_of(std::string{"\0\x0A\0\x3C", 4} + short_text("low on memory")));
    co_await harness::eventually([&] { return !test.heard.blocks.empty(); });
    EXPECT_EQ(test.heard.blocks[0], "low on memory");
    EXPECT_TRUE(test.subject.publish(publisher, 2, message_to(queue, "later")));
    // Everything else goes on, and had the message gone out it would be back by the end of this.
    EXPECT_EQ(co_await test.subject.count_consumers(queue), 1u);
    EXPECT_EQ(co_await test.subject.count_consumers(queue), 1u);
    EXPECT_EQ(test.heard.deliveries.size(), 1u);

    // connection.unblocked
    gate.say_to_client(frame_of(std::string{"\0\x0A\0\x3D", 4}));
    co_await harness::eventually([&] { return test.heard.deliveries.size() == 2; });
    EXPECT_EQ(test.heard.blocks, (std::vector<std::string>{"low on memory", ""}));
}

CO_TEST(link_loss, notices_a_broker_that_is_silent_for_two_heartbeats) {
    own_names names;
    const auto queue = names.queue();
    gate gate;
    gate.open();
    auto settings = through(gate);
    settings.heartbeat = 1s;
    settings.connect_limit = 1s;
    link_under_test test{plan_for(queue), settings};
    co_await test.connect();
    // More than sockets hold, so that the thread meets one that takes nothing.
    gate.hold();
    for (int i = 0; i < 200; ++i)
        EXPECT_TRUE(test.subject.publish(publisher, 1, message_to(queue, std::string(100'000, 'x'))));
    const auto begin = std::chrono::steady_clock::now();

    co_await harness::eventually([&] { return !test.heard.losses.empty(); });

    expect_part(test.heard.losses[0], "has said nothing for 2 s, not even a heartbeat");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_FALSE(test.subject.is_connected());
}

CO_TEST(link_loss, keeps_an_idle_connection_alive_by_heartbeats) {
    own_names names;
    const auto queue = names.queue();
    gate gate;
    gate.open();
    auto settings = through(gate);
    settings.heartbeat = 1s;
    link_under_test test{plan_for(queue), settings};
    co_await test.connect();
    const auto begin = gate.pieces_from_client();

    // The broker gives up after two intervals without any, and so do we.
    co_await harness::eventually([&] { return gate.pieces_from_client() >= begin + 5; });

    EXPECT_TRUE(test.heard.losses.empty());
    co_await expect_to_work(test, queue);
}
