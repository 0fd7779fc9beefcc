#pragma once

#include <config/settings.hpp>
#include <core/email_address.hpp>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

// Text to value, one function a kind. On failure: what would be right, as a phrase that follows "expected".
// Surrounding spaces are not forgiven; nothing here touches files, environment or network.
namespace config {

template <class T>
using parsed = std::expected<T, std::string>;

[[nodiscard]] parsed<std::int64_t> parse_integer(std::string_view text, std::int64_t least, std::int64_t most);
// 250ms, 30s, 5m, 12h, 7d; at most ten years.
[[nodiscard]] parsed<milliseconds> parse_duration(std::string_view text);
// 1s,5s,30s: at least one.
[[nodiscard]] parsed<std::vector<milliseconds>> parse_durations(std::string_view text);
// 512B, 64KiB, 1MiB, 2GiB, or a plain number of bytes; at most 1 TiB.
[[nodiscard]] parsed<std::size_t> parse_size(std::string_view text);
// 20/1m, or off.
[[nodiscard]] parsed<std::optional<rate>> parse_rate(std::string_view text);
// Empty, or addresses and networks with commas between them.
[[nodiscard]] parsed<std::vector<core::ip_network>> parse_networks(std::string_view text);
// 127.0.0.1:8080, localhost:0, [::1]:8080.
[[nodiscard]] parsed<host_port> parse_host_port(std::string_view text);
// https://mail.example.org, or empty. No path, query or fragment.
[[nodiscard]] parsed<std::string> parse_public_url(std::string_view text);
// Empty, or http(s)://host:port with a path, if need be. No account, query or fragment; without a slash at the end.
[[nodiscard]] parsed<std::string> parse_collector_url(std::string_view text);
// A share from 0 to 1, such as 0.25.
[[nodiscard]] parsed<double> parse_share(std::string_view text);
// capture:, smtp://user:password@host:port (587 when no port is given) or smtps://… (465). User and password may be
// percent-encoded.
[[nodiscard]] parsed<std::optional<smtp_server>> parse_smtp_url(std::string_view text);
// Empty, or DOMAIN=URL with commas between them; URL as above, but not capture:. Each domain once.
[[nodiscard]] parsed<std::vector<smtp_route>> parse_smtp_routes(std::string_view text);
// Empty, or a URL as above, but not capture:.
[[nodiscard]] parsed<std::optional<smtp_server>> parse_smtp_server(std::string_view text);
// Empty, or *, addresses and @domains with commas between them. As they are compared: keys of core::email_address, and
// domains as in them.
[[nodiscard]] parsed<std::vector<std::string>> parse_receivers(std::string_view text);
// Empty, or NAME=SHARE with commas between them: refuse, defer, drop, slow, each once.
[[nodiscard]] parsed<std::optional<mail_chaos>> parse_chaos(std::string_view text);
// memory:, amqp://user:password@host:port/virtual_host (guest, guest, 5672, / where there is none) or amqps://… (5671),
// by RabbitMQ's rules for URIs but that an empty virtual host is /, as for most clients. All may be percent-encoded.
[[nodiscard]] parsed<std::optional<rabbitmq_server>> parse_bus_url(std::string_view text);
// Busbar <no-reply@localhost>, or the bare address.
[[nodiscard]] parsed<core::mailbox> parse_mailbox(std::string_view text);
// Names of this program's modules, separated by commas, each once.
[[nodiscard]] parsed<std::vector<std::string>> parse_modules(std::string_view text);

// A URL with its password as ***; any other text as it is.
[[nodiscard]] std::string mask_password(std::string_view url);
// The same for each of those with commas between them.
[[nodiscard]] std::string mask_passwords(std::string_view urls);
[[nodiscard]] bool is_loopback(std::string_view host);

}  // namespace config
