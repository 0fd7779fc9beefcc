#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <config/parse.hpp>
#include <ranges>

namespace config {
namespace {

constexpr std::size_t longest_virtual_host = 255;  // bytes; a short string of AMQP

bool is_alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool is_ipv6(const std::string& host) {
    std::array<unsigned char, 16> address{};
    return inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

// A DNS name or IPv4 address: labels of letters, digits and inner hyphens. Names in other scripts pass as they are.
bool is_name(std::string_view host) {
    if (host.empty() || host.size() > 253) return false;
    while (true) {
        const auto dot = host.find('.');
        const std::string_view label = host.substr(0, dot);
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
        if (!std::ranges::all_of(
                label, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || (c & 0x80) != 0; })) {
            return false;
        }
        if (dot == std::string_view::npos) return true;
        host.remove_prefix(dot + 1);
    }
}

std::optional<std::uint16_t> port_of(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return port;
}

// HOST, HOST:PORT, [V6] or [V6]:PORT. The port is none where there is none.
struct authority {
    std::string host;
    std::optional<std::uint16_t> port;
};

std::optional<authority> split(std::string_view text) {
    std::string_view host = text;
    std::string_view rest;
    if (text.starts_with('[')) {
        const auto bracket = text.find(']');
        if (bracket == std::string_view::npos) return std::nullopt;
        host = text.substr(1, bracket - 1);
        rest = text.substr(bracket + 1);
        if (!is_ipv6(std::string{host})) return std::nullopt;
    } else {
        const auto colon = text.find(':');
        host = text.substr(0, colon);
        rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
        if (!is_name(host)) return std::nullopt;
    }
    if (rest.empty()) return authority{std::string{host}, std::nullopt};
    const auto port = port_of(rest.substr(1));
    if (rest.front() != ':' || !port) return std::nullopt;
    return authority{std::string{host}, port};
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            decoded.push_back(text[at]);
            continue;
        }
        unsigned char byte = 0;
        if (at + 2 >= text.size()) return std::nullopt;
        const auto [end, failure] = std::from_chars(text.data() + at + 1, text.data() + at + 3, byte, 16);
        if (failure != std::errc{} || end != text.data() + at + 3) return std::nullopt;
        decoded.push_back(static_cast<char>(byte));
        at += 2;
    }
    // CR, LF and NUL would end a command of the protocol that these are written into.
    if (decoded.find_first_of(std::string_view{"\r\n\0", 3}) != std::string::npos) return std::nullopt;
    return decoded;
}

struct account {
    std::optional<std::string> user{};
    std::optional<std::string> password{};
};

// Takes USER:PASSWORD@ off the front of `authority`; nothing when it cannot be read.
std::optional<account> take_account(std::string_view& authority) {
    const auto at = authority.rfind('@');
    if (at == std::string_view::npos) return account{};
    const auto credentials = authority.substr(0, at);
    const auto colon = credentials.find(':');
    account found{.user = percent_decoded(credentials.substr(0, colon))};
    if (!found.user || found.user->empty()) return std::nullopt;
    if (colon != std::string_view::npos) {
        found.password = percent_decoded(credentials.substr(colon + 1));
        if (!found.password) return std::nullopt;
    }
    authority.remove_prefix(at + 1);
    return found;
}

}  // namespace

parsed<host_port> parse_host_port(std::string_view text) {
    const auto found = split(text);
    if (!found || !found->port) {
        return std::unexpected{"HOST:PORT such as 127.0.0.1:8080, [::1]:8080 or localhost:0 (port 0: any free one)"};
    }
    return host_port{found->host, *found->port};
}

bool is_loopback(std::string_view host) {
    if (host == "localhost" || host == "::1") return true;
    std::array<unsigned char, 4> address{};
    return inet_pton(AF_INET, std::string{host}.c_str(), address.data()) == 1 && address[0] == 127;
}

parsed<std::string> parse_public_url(std::string_view text) {
    if (text.empty()) return std::string{};
    std::string_view rest = text;
    const bool known = rest.starts_with("http://") || rest.starts_with("https://");
    rest.remove_prefix(known ? rest.find("//") + 2 : 0);
    if (rest.ends_with('/')) rest.remove_suffix(1);
    if (!known || !split(rest)) {
        return std::unexpected{
            "http:// or https:// with a host and, if need be, a port, such as https://busbar.example.org"};
    }
    return std::string{text.substr(0, text.ends_with('/') ? text.size() - 1 : text.size())};
}

parsed<std::string> parse_collector_url(std::string_view text) {
    if (text.empty()) return std::string{};
    while (text.ends_with('/')) text.remove_suffix(1);
    std::string_view rest = text;
    const bool known = rest.starts_with("http://") || rest.starts_with("https://");
    rest.remove_prefix(known ? rest.find("//") + 2 : 0);
    const auto slash = std::min(rest.find('/'), rest.size());
    const bool is_plain = std::ranges::all_of(
        rest.substr(slash), [](char c) { return is_alphanumeric(c) || std::string_view{"/-._~%"}.contains(c); });
    if (!known || !split(rest.substr(0, slash)) || !is_plain)
        return std::unexpected{
            "http:// or https:// with a host, a port and, if need be, a path, such as "
            "http://127.0.0.1:4318"};
    return std::string{text};
}

parsed<std::optional<smtp_server>> parse_smtp_url(std::string_view text) {
    if (text == "capture:") return std::nullopt;
    const auto wrong = [] {
        return std::unexpected{
            std::string{"capture:, smtp://host:port or smtps://host:port, with user:password@ before "
                        "the host if the server wants it (percent-encoded)"}};
    };
    smtp_server server{.implicit_tls = text.starts_with("smtps://")};
    if (!server.implicit_tls && !text.starts_with("smtp://")) return wrong();
    text.remove_prefix(text.find("//") + 2);
    if (text.ends_with('/')) text.remove_suffix(1);
    const auto account = take_account(text);
    if (!account) return wrong();
    server.user = account->user.value_or("");
    server.password = account->password.value_or("");
    const auto found = split(text);
    if (!found || found->port == 0) return wrong();
    server.host = found->host;
    server.port = found->port.value_or(server.implicit_tls ? 465 : 587);
    return server;
}

parsed<std::vector<smtp_route>> parse_smtp_routes(std::string_view text) {
    const auto wrong = [] {
        return std::unexpected{
            std::string{"DOMAIN=URL with commas between them, such as example.org=smtp://mail.example.org:587; each "
                        "domain once (with a dot before it: all below it), URL as for email.smtp_url but not capture:, "
                        "with %2c for a comma in it"}};
    };
    std::vector<smtp_route> routes;
    for (const auto part : std::views::split(text, ',')) {
        const std::string_view one{part};
        const auto equals = one.find('=');
        if (equals == std::string_view::npos) return wrong();
        auto domain = one.substr(0, equals);
        const bool is_below = domain.starts_with('.');
        if (is_below) domain.remove_prefix(1);
        const auto address = core::parse_email_address("a@" + std::string{domain}, core::domain_form::any);
        const auto server = parse_smtp_url(one.substr(equals + 1));
        if (!address || !server || !*server) return wrong();
        auto name = (is_below ? "." : "") + address->canonical.substr(2);
        if (std::ranges::find(routes, name, &smtp_route::domain) != routes.end()) return wrong();
        routes.push_back({std::move(name), **server});
    }
    return routes;
}

parsed<std::optional<smtp_server>> parse_smtp_server(std::string_view text) {
    if (text.empty()) return std::nullopt;
    auto server = parse_smtp_url(text);
    if (server && *server) return server;
    return std::unexpected{"smtp:// or smtps:// as for email.smtp_url, or nothing"};
}

parsed<std::optional<rabbitmq_server>> parse_bus_url(std::string_view text) {
    if (text == "memory:") return std::nullopt;
    const auto wrong = [] {
        return std::unexpected{std::string{
            "memory:, amqp://host:port/virtual_host or amqps://…, with user:password@ before the host if it is not "
            "guest (percent-encoded: / is %2f, @ is %40); nothing after the virtual host"}};
    };
    rabbitmq_server server{.has_tls = text.starts_with("amqps://")};
    if (!server.has_tls && !text.starts_with("amqp://")) return wrong();
    text.remove_prefix(text.find("//") + 2);
    const auto slash = text.find('/');
    const auto path = slash == std::string_view::npos ? std::string_view{} : text.substr(slash + 1);
    text = text.substr(0, slash);
    const auto account = take_account(text);
    const auto address = percent_decoded(text);
    const auto virtual_host = percent_decoded(path);
    if (!account || !address || !virtual_host || path.find_first_of("/?#") != std::string_view::npos) return wrong();
    const auto found = split(*address);
    if (!found || found->port == 0 || virtual_host->size() > longest_virtual_host) return wrong();
    server.host = found->host;
    server.port = found->port.value_or(server.has_tls ? 5671 : 5672);
    server.user = account->user.value_or("guest");
    server.password = account->password.value_or("guest");
    server.virtual_host = virtual_host->empty() ? "/" : *virtual_host;
    return server;
}

parsed<core::mailbox> parse_mailbox(std::string_view text) {
    auto found = core::parse_mailbox(text);
    if (!found) {
        return std::unexpected{"a mail address such as Busbar <no-reply@example.org> or no-reply@example.org"};
    }
    return std::move(*found);
}

std::string mask_password(std::string_view url) {
    const auto slashes = url.find("://");
    const auto at = url.rfind('@');
    if (slashes == std::string_view::npos || at == std::string_view::npos || at < slashes) return std::string{url};
    const auto colon = url.find(':', slashes + 3);
    if (colon == std::string_view::npos || colon > at) return std::string{url};
    return std::string{url.substr(0, colon + 1)} + "***" + std::string{url.substr(at)};
}

std::string mask_passwords(std::string_view urls) {
    std::string masked;
    for (const auto one : std::views::split(urls, ',')) {
        if (!masked.empty()) masked += ',';
        masked += mask_password(std::string_view{one});
    }
    return masked;
}

}  // namespace config
