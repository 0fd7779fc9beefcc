#pragma once

#include <chrono>
#include <core/email_address.hpp>
#include <core/ip_network.hpp>
#include <core/log.hpp>
#include <core/rate_limiter.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// What an operator can set, as plain values. The defaults stand in the table (src/table.cpp) and nowhere else;
// a settings that comes from config::load() has every member set and in range.
namespace config {

using std::chrono::milliseconds;

struct host_port {
    std::string host{};      // a name or an IP address, IPv6 without its brackets
    std::uint16_t port = 0;  // 0: any free one

    bool operator==(const host_port&) const = default;
};

using core::rate;

struct smtp_server {
    bool implicit_tls = false;  // smtps:// (TLS from the first byte); else STARTTLS
    std::string host{};
    std::uint16_t port = 0;
    std::string user{};      // empty: no sign-in
    std::string password{};  // a secret

    bool operator==(const smtp_server&) const = default;
};

struct smtp_route {
    std::string domain;  // of receivers, in ASCII and lower case; with a dot before it: all below it
    smtp_server server;

    bool operator==(const smtp_route&) const = default;
};

struct rabbitmq_server {
    bool has_tls = false;  // amqps://
    std::string host{};
    std::uint16_t port = 0;
    std::string user{};
    std::string password{};  // a secret
    std::string virtual_host{};

    bool operator==(const rabbitmq_server&) const = default;
};

struct data_settings {
    std::filesystem::path dir;  // relative to the working directory
};

struct http_settings {
    host_port listen;
    std::string
        public_url;  // scheme, host and port, no slash at the end; empty: the address as bound, https:// with TLS
    std::filesystem::path tls_certificate;  // PEM, of both listeners; empty: no TLS
    std::filesystem::path tls_key;          // PEM; given when the certificate is
    std::uint32_t max_connections = 0;
    std::optional<std::uint32_t> max_connections_per_address;  // none: no cap
    std::size_t max_head = 0;                                  // bytes
    std::size_t max_body = 0;                                  // bytes
    milliseconds head_timeout{};     // from the first byte of a request to the end of its head
    milliseconds body_grace{};       // after it a body must keep coming at min_body_rate
    std::size_t min_body_rate = 0;   // bytes a second
    milliseconds idle_timeout{};     // between two requests of a connection
    milliseconds write_timeout{};    // an answer that the client does not take
    milliseconds request_timeout{};  // the deadline given to modules
    std::vector<core::ip_network> trusted_proxies;

    [[nodiscard]] bool has_tls() const { return !tls_certificate.empty(); }
};

struct admin_settings {
    host_port listen;  // loopback, but with TLS any
};

struct limit_settings {  // none: no limit
    std::optional<rate> registrations_per_address;
    std::optional<rate> sign_ins_per_address;
    std::optional<rate> sign_ins_per_account;
    std::optional<rate> sign_ins;  // of all together
    std::optional<rate> mails_per_account;
};

struct bus_settings {
    std::optional<rabbitmq_server> url;  // none: everything is in this process
    std::filesystem::path ca_file;       // PEM, in place of the system's authorities; may be empty, as the next two
    std::filesystem::path certificate;   // PEM, of this client; only together with its key
    std::filesystem::path key;
    std::vector<milliseconds> retry;  // pauses between the attempts of a handler, then dead letter
    milliseconds retention{};         // how long events stay that every follower has read
    milliseconds handler_timeout{};   // the longest that a handler may take for one event
    // An event that has waited for longer lets the edge refuse commands; none: it may wait for ever.
    std::optional<milliseconds> max_age;
};

// Shares of the attempts to send a mail, together at most 1.
struct mail_chaos {
    double refuse = 0;
    double defer = 0;
    double drop = 0;
    double slow = 0;

    bool operator==(const mail_chaos&) const = default;
};

struct email_settings {
    std::optional<smtp_server> smtp_url;     // none: capture (keep every mail, send nothing)
    std::vector<smtp_route> routes;          // for some domains, in place of smtp_url
    std::optional<smtp_server> release_url;  // for captured mails that somebody releases
    std::vector<std::string> release_to;     // to whom they may go: *, @domain, or the key of an address
    std::optional<host_port> trap_listen;    // where mails are taken by SMTP and kept; may be none
    std::optional<mail_chaos> chaos;         // none: mails have no trouble but what comes
    core::mailbox from;
    std::filesystem::path dkim_key_file;  // PEM; empty: mails are not signed
    std::string dkim_selector;            // given when the key is
    std::string dkim_domain;              // A-labels; empty: that of `from`
    std::filesystem::path ca_file;        // PEM, added to the system's authorities; may be empty
    std::filesystem::path templates_dir;  // of files in place of those in the program; may be empty
    std::uint32_t connections = 0;        // to each server, so mails in flight to it
    std::vector<milliseconds> retry;      // pauses; the last one is repeated until give_up_after
    milliseconds give_up_after{};
};

struct log_settings {
    core::log_levels level{};
    std::optional<core::log_format> format;  // none: text on a terminal, else json
    milliseconds retention{};
    std::size_t max_size = 0;  // bytes of the file that may be in use
};

struct tracing_settings {
    double sample = 0;                    // of the traces that begin here, from 0 to 1
    std::uint32_t traces_per_second = 0;  // new ones whose spans are kept, at most
    milliseconds retention{};             //
    std::uint32_t max_spans = 0;          // that are stored; beyond it the oldest traces go
    std::string otlp_endpoint;            // URL without a slash at the end; empty: spans go to no collector
};

struct registration_settings {
    milliseconds token_lifetime{};
    milliseconds reset_lifetime{};
    milliseconds session_idle{};
    milliseconds session_lifetime{};
    std::size_t hash_memory = 0;                // bytes of one hash
    std::uint32_t hash_passes = 0;              // over that memory
    std::optional<std::uint32_t> hash_threads;  // none: as many as there are cores
    std::uint32_t hash_queue = 0;               // passwords that may wait for a thread; beyond it 503
};

struct storage_settings {
    std::uint32_t readers = 0;      // threads of each module for searches and lists
    std::uint32_t read_queue = 0;   // reads that may wait for one; beyond it 503
    std::uint32_t write_queue = 0;  // writes that may wait, per module; beyond it 503
    std::uint32_t batch = 0;        // writes in one commit, at most
    std::size_t reserve = 0;        // bytes free on the disk; with less the edge refuses commands
};

struct shutdown_settings {
    milliseconds grace{};  // from SIGTERM to the end, at most
};

struct settings {
    data_settings data;
    http_settings http;
    admin_settings admin;
    std::vector<std::string> modules;
    limit_settings limits;
    bus_settings bus;
    email_settings email;
    log_settings log;
    tracing_settings tracing;
    registration_settings registration;
    storage_settings storage;
    shutdown_settings shutdown;
};

}  // namespace config
