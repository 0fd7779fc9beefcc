#include "smtp_server.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace email {

bool is_loopback(const smtp_server& server) {
    std::string host = server.host;
    std::ranges::transform(host, host.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (host == "localhost" || host == "::1") return true;
    in_addr address{};
    return ::inet_pton(AF_INET, host.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24U) == 127;
}

std::string url_of(const smtp_server& server) {
    const bool is_v6 = server.host.contains(':');
    return std::string{server.implicit_tls ? "smtps://" : "smtp://"} + (is_v6 ? "[" + server.host + "]" : server.host) +
           ":" + std::to_string(server.port);
}

std::string name_of(const smtp_server& server) {
    return url_of(server) + (server.user.empty() ? "" : " as " + server.user);
}

}  // namespace email
