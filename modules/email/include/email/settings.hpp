#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace email {

struct smtp_server {
    bool implicit_tls = false;  // TLS from the first byte; else STARTTLS, which only a loopback host may do without
    std::string host{};         // a name in ASCII or an IP address without brackets
    std::uint16_t port = 25;
    std::string user{};      // empty: no sign-in
    std::string password{};  // a secret
    [[nodiscard]] bool operator==(const smtp_server&) const = default;
};

struct smtp_route {
    std::string domain;  // of receivers, in ASCII and lower case; with a dot before it for all below it
    smtp_server server;
};

// What signs mails (RFC 6376).
struct dkim_settings {
    std::string key_file{};  // PEM
    std::string selector{};  // labels of a domain
    std::string domain{};    // A-labels; empty: that of the sender
};

// For development: shares of all attempts, together at most 1, that end as if the server had refused or deferred the
// mail, or had broken the connection, and that take some seconds more.
struct chaos_settings {
    double refuse = 0;
    double defer = 0;
    double drop = 0;
    double slow = 0;
};

struct listen_address {
    std::string host{};      // a loopback name or address
    std::uint16_t port = 0;  // 0: any free one
};

struct settings {
    std::optional<smtp_server> server{};          // none: mails are kept here, and not sent
    std::vector<smtp_route> routes{};             // for these domains in place of `server`
    std::optional<smtp_server> release_server{};  // for captured mails that somebody releases; may be none
    std::vector<std::string> release_to{};        // to whom those may go: *, @domain, or core::email_address::key
    std::optional<listen_address> trap{};         // where programs may hand over mails that are kept here; may be none
    std::optional<chaos_settings> chaos{};        // none in production
    std::string from_name = "Busbar";             // UTF-8; may be empty
    std::string from_address = "no-reply@localhost";
    std::string public_url = "http://127.0.0.1:8080";  // of the pages for people, without a slash at the end: for links
    std::string ca_file{};                // PEM file of CAs that are trusted beside those of the system; may be empty
    std::optional<dkim_settings> dkim{};  // none: mails are not signed
    std::string templates_dir{};          // of files that replace those of modules/email/templates; may be empty
    std::size_t connections = 8;          // kept to each server, so the most mails in flight to it
    std::vector<std::chrono::milliseconds> retry{// waits before the next attempts; the last one repeats
                                                 std::chrono::seconds{1},  std::chrono::seconds{5},
                                                 std::chrono::seconds{30}, std::chrono::minutes{2},
                                                 std::chrono::minutes{10}, std::chrono::hours{1}};
    std::chrono::milliseconds give_up_after = std::chrono::hours{24};  // age of a mail at which it is not tried again
    std::chrono::milliseconds connect_timeout = std::chrono::seconds{30};  // name, TCP and TLS
    std::chrono::milliseconds command_timeout = std::chrono::seconds{60};  // for each reply of the server
    std::chrono::milliseconds send_timeout = std::chrono::minutes{5};      // for one mail, all of it
    std::size_t largest_attachments = 5UL * 1024UL * 1024UL;               // bytes of all files of a mail together
};

}  // namespace email
