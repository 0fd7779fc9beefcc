#pragma once

#include <boost/asio/ip/address.hpp>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace core {

// 10.0.0.0/8, 2001:db8::/32, or one address. Any thread.
class ip_network {
public:
    // The error says what would be right.
    [[nodiscard]] static std::expected<ip_network, std::string> parse(std::string_view text);

    // False for what is no address. An IPv4 address in IPv6 form (::ffff:…) is the IPv4 address.
    [[nodiscard]] bool contains(std::string_view address) const;

    bool operator==(const ip_network&) const = default;

private:
    ip_network(boost::asio::ip::address first, unsigned bits) : first_{std::move(first)}, bits_{bits} {}

    boost::asio::ip::address first_;
    unsigned bits_;
};

[[nodiscard]] bool is_ip_address(std::string_view text);

// What one subscriber has: an IPv4 address, a /64 of IPv6 as 2001:db8:1:2::. What is no address is returned as it is.
[[nodiscard]] std::string subscriber_of(std::string_view address);

}  // namespace core
