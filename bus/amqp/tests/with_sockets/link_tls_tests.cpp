// Whom a link trusts.

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <harness/co_test.hpp>

#include "link.hpp"
#include "recorder.hpp"
#include "tls_server.hpp"

namespace {

using namespace bus::amqp;
using bus::amqp::test::link_under_test;
using bus::amqp::test::own_names;
using bus::amqp::test::tls_server;

constexpr channel_number publisher = 1;

link_settings to(broker_address broker) {
    auto settings = link_under_test::default_settings();
    settings.broker = std::move(broker);
    return settings;
}

core::awaitable<void> expect_to_work(std::string alternative_name, std::string host) {
    own_names names;
    const auto queue = names.queue();
    tls_server server{{.subject_alternative_name = alternative_name, .newest_version = TLS1_3_VERSION}};
    link_under_test test{{.declared = {.queues = {{.name = queue}}},
                          .channels = {{.has_confirms = true}, {.consumer = consumer_plan{.queue = queue}}}},
                         to(server.address(host))};
    co_await test.connect();

    // Longer and shorter than a record of TLS.
    for (std::size_t i = 0; i < 200; ++i)
        EXPECT_TRUE(test.subject.publish(publisher, i, {.routing_key = queue, .body = std::string(i * i, 'x')}));
    co_await harness::eventually(
        [&] { return test.heard.deliveries.size() == 200 && test.heard.confirmations.size() == 200; });

    EXPECT_EQ(test.heard.deliveries[199].message.body.size(), std::size_t{199} * 199);
    EXPECT_TRUE(test.heard.losses.empty());
}

core::awaitable<void> expect_refusal(broker_address broker, std::string reason) {
    link_under_test test{{.channels = {{}}}, to(std::move(broker))};
    test.start();

    co_await harness::eventually([&] { return test.heard.connections > 0 || !test.heard.losses.empty(); });

    EXPECT_EQ(test.heard.connections, 0);
    CO_ASSERT_TRUE(!test.heard.losses.empty());
    EXPECT_NE(test.heard.losses[0].find(reason), std::string::npos) << test.heard.losses[0];
}

}  // namespace

CO_TEST(link_tls, works_with_a_certificate_for_the_name) { co_await expect_to_work("DNS:localhost", "localhost"); }

CO_TEST(link_tls, works_with_a_certificate_for_the_address) { co_await expect_to_work("IP:127.0.0.1", "127.0.0.1"); }

CO_TEST(link_tls, refuses_a_certificate_of_somebody_else) {
    tls_server server{{.subject_alternative_name = "DNS:other.example.org", .newest_version = TLS1_3_VERSION}};

    co_await expect_refusal(server.address("localhost"), "its certificate is not trusted (hostname mismatch)");
    co_await expect_refusal(server.address("127.0.0.1"), "its certificate is not trusted (IP address mismatch)");
}

CO_TEST(link_tls, refuses_a_certificate_that_no_authority_of_the_system_has_signed) {
    tls_server server{{.subject_alternative_name = "IP:127.0.0.1", .newest_version = TLS1_3_VERSION}};
    auto broker = server.address("127.0.0.1");
    broker.ca_file.clear();

    co_await expect_refusal(broker, "its certificate is not trusted (self-signed certificate)");
}

CO_TEST(link_tls, refuses_a_version_before_1_2) {
    tls_server server{{.subject_alternative_name = "IP:127.0.0.1", .newest_version = TLS1_1_VERSION}};

    co_await expect_refusal(server.address("127.0.0.1"), "no connection with TLS to 127.0.0.1");
}

CO_TEST(link_tls, names_a_file_that_is_not_there) {
    tls_server server{{.subject_alternative_name = "IP:127.0.0.1", .newest_version = TLS1_3_VERSION}};
    auto broker = server.address("127.0.0.1");
    const auto missing = server.certificate_file().parent_path() / "missing.pem";

    broker.ca_file = missing;
    co_await expect_refusal(broker, "the file " + missing.string() + " cannot be used as certificate authorities");
    broker.ca_file = server.certificate_file();
    broker.certificate_file = missing;
    co_await expect_refusal(broker, "the file " + missing.string() + " cannot be used as our certificate");
}

CO_TEST(link_tls, says_so_when_the_broker_does_not_speak_tls) {
    auto broker = bus::amqp::test::broker_for_tests();
    broker.has_tls = true;

    co_await expect_refusal(broker, "wrong version number");
}
