#include <algorithm>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <charconv>
#include <core/ip_network.hpp>
#include <cstdint>

namespace core {
namespace {

namespace ip = boost::asio::ip;

// Asio reads up to a NUL and takes whatever stands behind a % for the name of an interface.
bool is_one_word(std::string_view text) {
    constexpr std::size_t longest = 64;
    return text.size() <= longest && std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view{".:%-_"}.contains(c);
           });
}

std::optional<ip::address> address_of(std::string_view text) {
    if (!is_one_word(text)) return std::nullopt;
    boost::system::error_code error;
    auto address = ip::make_address(std::string{text}, error);
    if (error) return std::nullopt;
    if (address.is_v6() && address.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address.to_v6());
    return address;
}

// All bits behind the first `bits` as zero.
ip::address cut(const ip::address& address, unsigned bits) {
    const auto cut_bytes = [bits](auto bytes) {
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            const auto kept = bits <= 8 * i ? 0U : std::min<unsigned>(bits - 8 * static_cast<unsigned>(i), 8U);
            bytes[i] = static_cast<unsigned char>(bytes[i] & (0xff00U >> kept));
        }
        return bytes;
    };
    if (address.is_v4()) return ip::address_v4{cut_bytes(address.to_v4().to_bytes())};
    return ip::address_v6{cut_bytes(address.to_v6().to_bytes())};
}

}  // namespace

std::expected<ip_network, std::string> ip_network::parse(std::string_view text) {
    const auto wrong = std::unexpected{std::string{"an IP address or a network such as 10.0.0.0/8 or 2001:db8::/32"}};
    const auto slash = text.find('/');
    const auto address = address_of(text.substr(0, slash));
    if (!address) return wrong;
    const unsigned all = address->is_v4() ? 32 : 128;
    unsigned bits = all;
    if (slash != std::string_view::npos) {
        const auto number = text.substr(slash + 1);
        const auto [rest, error] = std::from_chars(number.data(), number.data() + number.size(), bits);
        if (error != std::errc{} || rest != number.data() + number.size() || bits > all) return wrong;
    }
    return ip_network{cut(*address, bits), bits};
}

bool ip_network::contains(std::string_view address) const {
    const auto known = address_of(address);
    return known && known->is_v4() == first_.is_v4() && cut(*known, bits_) == first_;
}

bool is_ip_address(std::string_view text) { return address_of(text).has_value(); }

std::string subscriber_of(std::string_view address) {
    constexpr unsigned subscriber_bits = 64;
    const auto known = address_of(address);
    if (!known) return std::string{address};
    return known->is_v4() ? known->to_string() : cut(*known, subscriber_bits).to_string();
}

}  // namespace core
