#include <cctype>
#include <config/table.hpp>

#include "kinds.hpp"

namespace config {
namespace {

parsed<void> put_modules(settings& values, std::string_view text) {
    auto modules = parse_modules(text);
    if (!modules) return std::unexpected{std::move(modules.error())};
    values.modules = std::move(*modules);
    return {};
}

using s = settings;
using enum shape;
constexpr std::size_t KiB = 1024;
constexpr std::size_t MiB = 1024 * KiB;

constexpr setting rows[] = {
    {"data.dir", "--data", "DIR", "busbar-data",
     "Where everything is kept; made when it is missing. It belongs to one process at a time.", text, false,
     put<&s::data, &data_settings::dir, directory>},
    {"http.listen", "--listen", "HOST:PORT", "127.0.0.1:8080",
     "The public listener: forms and API. Port 0 takes a free one.", text, false,
     put<&s::http, &http_settings::listen, parse_host_port>},
    {"http.public_url", "--public-url", "URL", "",
     "What people type to get here; links in mails begin with it. Empty: the address above, with https:// when "
     "there is a certificate, else http://.",
     text, false, put<&s::http, &http_settings::public_url, parse_public_url>},
    {"http.tls_certificate", "", "", "",
     "PEM file with the server's certificate and those between it and its authority. With it and its key both "
     "listeners speak TLS and nothing else. SIGHUP reads both files again.",
     text, false, put<&s::http, &http_settings::tls_certificate, path_or_nothing>},
    {"http.tls_key", "", "", "", "PEM file with the key of that certificate: no passphrase, mode 0600.", text, false,
     put<&s::http, &http_settings::tls_key, path_or_nothing>},
    {"http.max_connections", "", "", "1024", "Open connections; beyond it new ones wait.", number, false,
     put<&s::http, &http_settings::max_connections, whole<1, 1'000'000>>},
    {"http.max_connections_per_address", "", "", "off",
     "The same for one client address. Off, since a proxy is one address.", text, false,
     put<&s::http, &http_settings::max_connections_per_address, whole_or_off<1, 1'000'000>>},
    {"http.max_head", "", "", "16KiB", "Request line and headers together; beyond it 431.", text, false,
     put<&s::http, &http_settings::max_head, size_between<KiB, MiB>>},
    {"http.max_body", "", "", "256KiB", "Body of a request; beyond it 413.", text, false,
     put<&s::http, &http_settings::max_body, size_between<KiB, 64 * MiB>>},
    {"http.head_timeout", "", "", "10s", "Until the head of a request is complete.", text, false,
     put<&s::http, &http_settings::head_timeout, some_time>},
    {"http.body_grace", "", "", "5s", "After this a body must come at http.min_body_rate at least.", text, false,
     put<&s::http, &http_settings::body_grace, some_time>},
    {"http.min_body_rate", "", "", "1KiB", "Bytes a second.", text, false,
     put<&s::http, &http_settings::min_body_rate, size_between<1, MiB>>},
    {"http.idle_timeout", "", "", "60s", "A kept connection without a request is closed.", text, false,
     put<&s::http, &http_settings::idle_timeout, some_time>},
    {"http.write_timeout", "", "", "30s", "A client that does not take its answer is left.", text, false,
     put<&s::http, &http_settings::write_timeout, some_time>},
    {"http.request_timeout", "", "", "10s", "How long modules may take to answer; then 503.", text, false,
     put<&s::http, &http_settings::request_timeout, some_time>},
    {"http.trusted_proxies", "", "", "",
     "Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.", list, false,
     put<&s::http, &http_settings::trusted_proxies, parse_networks>},
    {"admin.listen", "--admin", "HOST:PORT", "127.0.0.1:8081",
     "The admin listener: a loopback address, with TLS any. Port 0 takes a free one.", text, false,
     put<&s::admin, &admin_settings::listen, parse_host_port>},
    {"modules", "--modules", "LIST", "web,registration,email,logging,product", "What runs in this process.", list,
     false, put_modules},
    {"limits.registrations_per_address", "", "", "20/1m",
     "Registrations from one client address (a /64 of IPv6): COUNT/TIME or off.", text, false,
     put<&s::limits, &limit_settings::registrations_per_address, parse_rate>},
    {"limits.sign_ins_per_address", "", "", "20/1m",
     "Attempts to sign in, or to get in by mail, from one client address: COUNT/TIME or off.", text, false,
     put<&s::limits, &limit_settings::sign_ins_per_address, parse_rate>},
    {"limits.sign_ins_per_account", "", "", "5/1m",
     "Attempts to sign in to one account: COUNT/TIME or off. After as many failures each one more doubles a pause, "
     "from "
     "1s to 15m.",
     text, false, put<&s::limits, &limit_settings::sign_ins_per_account, parse_rate>},
    {"limits.sign_ins", "", "", "6000/1m", "Attempts to sign in, all together: COUNT/TIME or off.", text, false,
     put<&s::limits, &limit_settings::sign_ins, parse_rate>},
    {"limits.mails_per_account", "", "", "1/2m",
     "Mails that strangers can have sent to one account (reset, repeated registration): COUNT/TIME, and five times as "
     "many in an hour; or off.",
     text, false, put<&s::limits, &limit_settings::mails_per_account, parse_rate>},
    {"bus.url", "--bus", "URL", "memory:",
     "memory: when all modules run in this process; else RabbitMQ: amqp:// or amqps:// with "
     "user:password@host:port/virtual_host. Where there is none: guest, guest, 5672 (5671), /.",
     text, true, put<&s::bus, &bus_settings::url, parse_bus_url>},
    {"bus.ca_file", "", "", "", "For amqps: PEM file with the authorities to trust in place of the system's.", text,
     false, put<&s::bus, &bus_settings::ca_file, path_or_nothing>},
    {"bus.certificate", "", "", "", "For amqps: PEM file with the certificate to show to the broker.", text, false,
     put<&s::bus, &bus_settings::certificate, path_or_nothing>},
    {"bus.key", "", "", "", "PEM file with the key of that certificate: mode 0600.", text, false,
     put<&s::bus, &bus_settings::key, path_or_nothing>},
    {"bus.retry", "", "", "100ms,1s,5s,30s",
     "Pauses between the attempts of a handler that fails; after the last one its event is a dead letter.", list, false,
     put<&s::bus, &bus_settings::retry, parse_durations>},
    {"bus.retention", "", "", "7d", "How long events are kept that every handler is done with.", text, false,
     put<&s::bus, &bus_settings::retention, some_time>},
    {"bus.handler_timeout", "", "", "1m", "The longest that a handler may take for one event; then it has failed.",
     text, false, put<&s::bus, &bus_settings::handler_timeout, some_time>},
    {"bus.max_age", "", "", "1d",
     "When an event has waited for so long, commands are refused with 503 until it is handled; or off.", text, false,
     put<&s::bus, &bus_settings::max_age, some_time_or_off>},
    {"email.smtp_url", "--smtp", "URL", "capture:",
     "capture: keeps every mail here and sends nothing; else smtp:// (STARTTLS; on a loopback host when offered) or "
     "smtps://, with user:password@host:port. Without a port: 587, 465.",
     text, true, put<&s::email, &email_settings::smtp_url, parse_smtp_url>},
    {"email.routes", "", "", "",
     "Servers for the receivers of some domains in place of email.smtp_url: DOMAIN=URL; with a dot before the domain "
     "for all below it.",
     list, true, put<&s::email, &email_settings::routes, parse_smtp_routes>},
    {"email.release_url", "", "", "",
     "The server that captured mails go to when somebody releases them: as email.smtp_url. Empty: none.", text, true,
     put<&s::email, &email_settings::release_url, parse_smtp_server>},
    {"email.release_to", "", "", "",
     "To whom released mails may go: addresses, @domains, or * for all. Empty: to nobody.", list, false,
     put<&s::email, &email_settings::release_to, parse_receivers>},
    {"email.trap_listen", "", "", "",
     "HOST:PORT where programs on this machine may hand over mails by SMTP, which are kept and not sent; a loopback "
     "host. Empty: nowhere.",
     text, false, put<&s::email, &email_settings::trap_listen, loopback_or_nothing>},
    {"email.chaos", "", "", "",
     "For development: shares of the attempts that are refused, deferred, dropped or slow by chance, such as "
     "refuse=0.1,defer=0.2,drop=0.1,slow=0.1. Only while mails are captured, or with servers on a loopback host.",
     list, false, put<&s::email, &email_settings::chaos, parse_chaos>},
    {"email.from", "--mail-from", "ADDR", "Busbar <no-reply@localhost>", "The sender of every mail.", text, false,
     put<&s::email, &email_settings::from, parse_mailbox>},
    {"email.ca_file", "", "", "", "PEM file with a certificate authority to trust besides the system's.", text, false,
     put<&s::email, &email_settings::ca_file, path_or_nothing>},
    {"email.templates_dir", "", "", "",
     "Folder with files that replace mail templates of the same names, such as layout.html or welcome.subject.txt.",
     text, false, put<&s::email, &email_settings::templates_dir, path_or_nothing>},
    {"email.dkim_key_file", "", "", "",
     "PEM file with the private key (RSA or Ed25519) that signs mails with DKIM: no passphrase, mode 0600. `busbar "
     "mail "
     "dkim` prints the DNS record that goes with it.",
     text, false, put<&s::email, &email_settings::dkim_key_file, path_or_nothing>},
    {"email.dkim_selector", "", "", "", "The name of that key below _domainkey of the domain, such as busbar.", text,
     false, put<&s::email, &email_settings::dkim_selector, selector_or_nothing>},
    {"email.dkim_domain", "", "", "", "The domain that signs. Empty: that of email.from.", text, false,
     put<&s::email, &email_settings::dkim_domain, domain_or_nothing>},
    {"email.connections", "", "", "8", "SMTP connections kept to each server, so mails in flight to it.", number, false,
     put<&s::email, &email_settings::connections, whole<1, 256>>},
    {"email.retry", "", "", "1s,5s,30s,2m,10m,1h", "Pauses after a temporary failure; the last one is repeated.", list,
     false, put<&s::email, &email_settings::retry, parse_durations>},
    {"email.give_up_after", "", "", "24h", "A mail that could not be sent for so long has failed.", text, false,
     put<&s::email, &email_settings::give_up_after, some_time>},
    {"log.level", "--log-level", "L", "info",
     "debug, info, warning or error; behind it those of modules: info,email=debug.", text, false,
     put<&s::log, &log_settings::level, levels>},
    {"log.format", "--log-format", "text|json", "auto", "text, json, or auto: text on a terminal, else json.", text,
     false, put<&s::log, &log_settings::format, format>},
    {"log.retention", "", "", "30d", "How long stored entries are kept.", text, false,
     put<&s::log, &log_settings::retention, some_time>},
    {"log.max_size", "", "", "1GiB", "What they may take on the disk with their index; the oldest go first.", text,
     false, put<&s::log, &log_settings::max_size, size_between<MiB, std::size_t{1024} * 1024 * MiB>>},
    {"tracing.sample", "", "", "1", "The share of traces that are kept, of those that begin here: from 0 to 1.", text,
     false, put<&s::tracing, &tracing_settings::sample, parse_share>},
    {"tracing.traces_per_second", "", "", "100",
     "So many new traces are kept at most; of the others nothing but their ids.", number, false,
     put<&s::tracing, &tracing_settings::traces_per_second, whole<1, 100'000>>},
    {"tracing.retention", "", "", "7d", "How long stored traces are kept.", text, false,
     put<&s::tracing, &tracing_settings::retention, some_time>},
    {"tracing.max_spans", "", "", "1000000", "Stored spans; beyond it the oldest traces are removed.", number, false,
     put<&s::tracing, &tracing_settings::max_spans, whole<1'000, 1'000'000'000>>},
    {"tracing.otlp_endpoint", "--otlp", "URL", "",
     "An OpenTelemetry collector that is sent the spans, by OTLP over HTTP, such as http://127.0.0.1:4318. Empty: "
     "none.",
     text, false, put<&s::tracing, &tracing_settings::otlp_endpoint, parse_collector_url>,
     "OTEL_EXPORTER_OTLP_ENDPOINT"},
    {"registration.token_lifetime", "", "", "24h", "How long a confirmation link works.", text, false,
     put<&s::registration, &registration_settings::token_lifetime, some_time>},
    {"registration.reset_lifetime", "", "", "30m", "How long a link for a new password works.", text, false,
     put<&s::registration, &registration_settings::reset_lifetime, some_time>},
    {"registration.session_idle", "", "", "30m", "A session that is not used for so long has ended.", text, false,
     put<&s::registration, &registration_settings::session_idle, some_time>},
    {"registration.session_lifetime", "", "", "12h", "A session ends after this, however much it is used.", text, false,
     put<&s::registration, &registration_settings::session_lifetime, some_time>},
    {"registration.hash_memory", "", "", "19MiB",
     "Memory of a password hash (argon2id): 46MiB for one pass, 19MiB for two, 12MiB for three or more, at least. "
     "Passwords are hashed anew when their owner signs in after it has grown.",
     text, false, put<&s::registration, &registration_settings::hash_memory, size_between<12 * MiB, 1024 * MiB>>},
    {"registration.hash_passes", "", "", "2", "Passes of a password hash over its memory.", number, false,
     put<&s::registration, &registration_settings::hash_passes, whole<1, 100>>},
    {"registration.hash_threads", "", "", "auto",
     "Threads that hash passwords, 19 MiB each. auto: as many as there are cores.", text, false,
     put<&s::registration, &registration_settings::hash_threads, whole_or_auto<1, 256>>},
    {"registration.hash_queue", "", "", "64", "Passwords that may wait for such a thread; beyond it 503.", number,
     false, put<&s::registration, &registration_settings::hash_queue, whole<1, 100'000>>},
    {"storage.readers", "", "", "2", "Threads of each module for searches and lists.", number, false,
     put<&s::storage, &storage_settings::readers, whole<1, 64>>},
    {"storage.read_queue", "", "", "256", "Searches that may wait for one; beyond it 503.", number, false,
     put<&s::storage, &storage_settings::read_queue, whole<1, 100'000>>},
    {"storage.write_queue", "", "", "4096", "Writes of a module that may wait; beyond it 503.", number, false,
     put<&s::storage, &storage_settings::write_queue, whole<1, 1'000'000>>},
    {"storage.batch", "", "", "256", "Writes that share one commit, and so one sync, at most.", number, false,
     put<&s::storage, &storage_settings::batch, whole<1, 100'000>>},
    {"storage.reserve", "", "", "4MiB", "With less room on the disk than this, commands are refused with 507.", text,
     false, put<&s::storage, &storage_settings::reserve, size_between<0, std::size_t{1024} * 1024 * MiB>>},
    {"shutdown.grace", "", "", "10s", "From SIGTERM to the end, at most.", text, false,
     put<&s::shutdown, &shutdown_settings::grace, some_time>},
};

}  // namespace

std::span<const setting> table() { return rows; }

std::string environment_name(std::string_view key) {
    std::string name = "BUSBAR_";
    for (const char c : key)
        name.push_back(c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
    return name;
}

}  // namespace config
