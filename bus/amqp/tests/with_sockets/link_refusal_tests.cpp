// What a link says when the broker does not let it do its work.

#include <gtest/gtest.h>

#include <harness/co_test.hpp>

#include "link_usage.hpp"

namespace {

using namespace bus::amqp;
using namespace bus::amqp::test;

}  // namespace

CO_TEST(link_refusal, says_which_argument_of_a_queue_differs_and_heals_when_it_is_gone) {
    own_names names;
    const auto queue = names.queue();
    bare_client client;
    client.declare({.name = queue, .arguments = {{"x-dead-letter-exchange", "elsewhere"}}});
    client.publish(queue, "kept");
    link_under_test test{plan_for(queue)};
    test.start();

    co_await harness::eventually([&] { return !test.heard.losses.empty(); });

    expect_part(test.heard.losses[0], "inequivalent arg 'x-dead-letter-exchange' for queue '" + queue + "'");
    expect_part(test.heard.losses[0], "nothing was changed; delete the queue or give it back its arguments");
    co_await harness::eventually([&] { return client.count_messages(queue) == 1; });
    EXPECT_EQ(test.heard.connections, 0);
    client.delete_queue(queue);
    co_await test.connect();
    co_await expect_to_work(test, queue);
}

CO_TEST(link_refusal, says_that_the_password_is_wrong_but_not_which_it_was) {
    auto settings = link_under_test::default_settings();
    settings.broker.password = "not the password";
    link_under_test test{{.channels = {{}}}, settings};
    test.start();

    co_await harness::eventually([&] { return !test.heard.losses.empty(); });

    expect_part(test.heard.losses[0],
                "refused to sign in user " + settings.broker.user + ": check the user and the password");
    EXPECT_EQ(test.heard.losses[0].find("not the password"), std::string::npos);
}

CO_TEST(link_refusal, names_a_virtual_host_that_does_not_exist) {
    auto settings = link_under_test::default_settings();
    settings.broker.virtual_host = "/busbar-test.nowhere";
    link_under_test test{{.channels = {{}}}, settings};
    test.start();

    co_await harness::eventually([&] { return !test.heard.losses.empty(); });

    expect_part(test.heard.losses[0],
                "does not let user " + settings.broker.user + " into virtual host `/busbar-test.nowhere`");
}

CO_TEST(link_refusal, names_a_host_that_is_not_known) {
    auto settings = link_under_test::default_settings();
    settings.broker.host = "broker.invalid";
    link_under_test test{{.channels = {{}}}, settings};
    test.start();

    co_await harness::eventually([&] { return !test.heard.losses.empty(); });

    expect_part(test.heard.losses[0], "the name of the broker broker.invalid:");
}
