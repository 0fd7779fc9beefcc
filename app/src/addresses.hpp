#pragma once

#include <config/settings.hpp>
#include <string>
#include <string_view>

namespace app {

// As in a URL: HOST:PORT, an IPv6 address in brackets.
[[nodiscard]] inline std::string address_of(const config::host_port& place) {
    const bool is_ipv6 = place.host.contains(':');
    return (is_ipv6 ? "[" + place.host + "]" : place.host) + ":" + std::to_string(place.port);
}

[[nodiscard]] inline std::string_view scheme_of(const config::settings& settings) {
    return settings.http.has_tls() ? "https" : "http";
}

}  // namespace app
