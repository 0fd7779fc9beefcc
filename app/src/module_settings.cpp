#include "module_settings.hpp"

#include <algorithm>
#include <thread>

#include "module_databases.hpp"

namespace app {
namespace {

email::smtp_server smtp_server_of(const config::smtp_server& server) {
    return {server.implicit_tls, server.host, server.port, server.user, server.password};
}

}  // namespace

core::trace_rules trace_rules_of(const config::settings& settings) {
    return {.share = settings.tracing.sample, .per_second = settings.tracing.traces_per_second};
}

bus::settings bus_settings_of(const config::settings& settings) {
    bus::settings result;
    result.retry = core::retry_schedule{settings.bus.retry};
    result.handler_limit = settings.bus.handler_timeout;
    result.retention = settings.bus.retention;
    result.max_age = settings.bus.max_age;
    return result;
}

bus::amqp::settings broker_settings_of(const config::settings& settings) {
    const auto& server = settings.bus.url.value();
    bus::amqp::settings result;
    result.broker = {.has_tls = server.has_tls,
                     .host = server.host,
                     .port = server.port,
                     .user = server.user,
                     .password = server.password,
                     .virtual_host = server.virtual_host,
                     .ca_file = settings.bus.ca_file,
                     .certificate_file = settings.bus.certificate,
                     .key_file = settings.bus.key};
    result.modules = known_modules();
    return result;
}

web::tls_files tls_files_of(const config::settings& settings) {
    return {.certificate = settings.http.tls_certificate, .key = settings.http.tls_key};
}

web::edge_settings edge_settings_of(const config::settings& settings, const std::string& process) {
    const auto& http = settings.http;
    web::edge_settings result;
    if (std::ranges::find(settings.modules, "web") != settings.modules.end())
        result.http = {http.listen.host, http.listen.port};
    result.admin = {settings.admin.listen.host, settings.admin.listen.port};
    if (http.has_tls()) result.tls = tls_files_of(settings);
    result.public_url = http.public_url;
    result.process = process;
    result.modules = settings.modules;
    result.offered = settings.bus.url ? names_of_modules_with_data() : settings.modules;
    result.operated = names_of_modules_with_data();
    result.request_time = http.request_timeout;
    result.trusted_proxies = http.trusted_proxies;
    result.registrations_per_address = settings.limits.registrations_per_address;
    result.sign_ins_per_address = settings.limits.sign_ins_per_address;
    result.bounds.head = http.max_head;
    result.bounds.body = http.max_body;
    result.bounds.connections = http.max_connections;
    result.bounds.connections_per_address = http.max_connections_per_address;
    result.bounds.head_time = http.head_timeout;
    result.bounds.body_grace = http.body_grace;
    result.bounds.body_rate = http.min_body_rate;
    result.bounds.idle_time = http.idle_timeout;
    result.bounds.write_stall = http.write_timeout;
    return result;
}

registration::settings registration_settings_of(const config::settings& settings, const std::string& public_url) {
    registration::settings result;
    result.public_url = public_url;
    result.token_lifetime = settings.registration.token_lifetime;
    result.reset_lifetime = settings.registration.reset_lifetime;
    result.session_idle = settings.registration.session_idle;
    result.session_lifetime = settings.registration.session_lifetime;
    result.hash_memory = settings.registration.hash_memory;
    result.hash_passes = settings.registration.hash_passes;
    result.sign_ins_per_account = settings.limits.sign_ins_per_account;
    result.sign_ins = settings.limits.sign_ins;
    result.mails_per_account = settings.limits.mails_per_account;
    // All cores: the threads give way to the event loop, so an idle core is the only thing that fewer would gain.
    result.hash_threads =
        settings.registration.hash_threads.value_or(std::max(1U, std::thread::hardware_concurrency()));
    result.hash_queue = settings.registration.hash_queue;
    return result;
}

email::settings email_settings_of(const config::settings& settings, const std::string& public_url) {
    const auto& given = settings.email;
    email::settings result;
    if (given.smtp_url) result.server = smtp_server_of(*given.smtp_url);
    for (const auto& [domain, server] : given.routes) result.routes.push_back({domain, smtp_server_of(server)});
    if (given.release_url) result.release_server = smtp_server_of(*given.release_url);
    result.release_to = given.release_to;
    if (const auto& trap = given.trap_listen) result.trap = email::listen_address{trap->host, trap->port};
    if (const auto& chaos = given.chaos)
        result.chaos = email::chaos_settings{chaos->refuse, chaos->defer, chaos->drop, chaos->slow};
    result.from_name = given.from.name;
    result.from_address = given.from.address.original;
    result.public_url = public_url;
    result.ca_file = given.ca_file.string();
    if (!given.dkim_key_file.empty())
        result.dkim = email::dkim_settings{given.dkim_key_file.string(), given.dkim_selector, given.dkim_domain};
    result.templates_dir = given.templates_dir.string();
    result.connections = given.connections;
    result.retry = given.retry;
    result.give_up_after = given.give_up_after;
    return result;
}

logging::settings logging_settings_of(const config::settings& settings) {
    logging::settings result;
    result.retention = settings.log.retention;
    result.max_size = static_cast<std::int64_t>(settings.log.max_size);
    result.trace_retention = settings.tracing.retention;
    result.most_spans = settings.tracing.max_spans;
    return result;
}

// An event comes again only as long as its log has it.
product::settings product_settings_of(const config::settings& settings) {
    return {.memory_of_deletions = settings.bus.retention};
}

}  // namespace app
