#include <gtest/gtest.h>

#include <core/ip_network.hpp>

namespace core {
namespace {

TEST(ip_network, contains_what_begins_with_its_bits) {
    const auto net = ip_network::parse("10.1.128.0/17").value();

    EXPECT_TRUE(net.contains("10.1.128.0"));
    EXPECT_TRUE(net.contains("10.1.255.255"));
    EXPECT_TRUE(net.contains("::ffff:10.1.200.1"));
    EXPECT_FALSE(net.contains("10.1.127.255"));
    EXPECT_FALSE(net.contains("2001:db8::1"));
    EXPECT_FALSE(net.contains("proxy.example.org"));
    EXPECT_TRUE(ip_network::parse("0.0.0.0/0").value().contains("203.0.113.9"));
}

TEST(ip_network, is_one_address_without_a_length) {
    EXPECT_TRUE(ip_network::parse("127.0.0.1").value().contains("127.0.0.1"));
    EXPECT_FALSE(ip_network::parse("127.0.0.1").value().contains("127.0.0.2"));
    EXPECT_TRUE(ip_network::parse("2001:db8::/32").value().contains("2001:db8:ffff::1"));
    EXPECT_FALSE(ip_network::parse("::1").value().contains("::2"));
}

TEST(ip_network, refuses_what_is_none) {
    for (const auto* text : {"", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "::/129", "10.0.0.0/8 "})
        EXPECT_FALSE(ip_network::parse(text).has_value()) << text;
}

TEST(ip_network, takes_nothing_but_an_address_for_one) {
    using namespace std::string_view_literals;

    for (const auto text : {"127.0.0.1\0x"sv, "fe80::1%a b"sv, "fe80::1%\0"sv, "fe80::1%\r\nX: y"sv, "127.0.0.1 "sv})
        EXPECT_FALSE(is_ip_address(text)) << text;
    EXPECT_TRUE(is_ip_address("fe80::1%eth0"));
    EXPECT_EQ(subscriber_of("fe80::1%eth0"), "fe80::");
}

// S12: one subscriber has 2^64 addresses of IPv6.
TEST(ip_network, knows_a_subscriber_by_the_first_half_of_an_ipv6_address) {
    EXPECT_EQ(subscriber_of("203.0.113.9"), "203.0.113.9");
    EXPECT_EQ(subscriber_of("::ffff:203.0.113.9"), "203.0.113.9");
    EXPECT_EQ(subscriber_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    EXPECT_EQ(subscriber_of("2001:db8:1:2::1"), subscriber_of("2001:db8:1:2:ffff::"));
    EXPECT_NE(subscriber_of("2001:db8:1:2::1"), subscriber_of("2001:db8:1:3::1"));
}

}  // namespace
}  // namespace core
