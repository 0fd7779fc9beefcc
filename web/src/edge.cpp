#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <core/exit.hpp>
#include <logging/messages.hpp>
#include <nlohmann/json.hpp>
#include <web/edge.hpp>

#include "assets.hpp"
#include "client_limits.hpp"
#include "cookies.hpp"
#include "product_pages.hpp"
#include "routes.hpp"
#include "trace_routes.hpp"
#include "user_routes.hpp"

namespace web {
namespace {

bool is_loopback(const std::string& host) {
    if (host == "localhost") return true;
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    return !error && address.is_loopback();
}

bool is_any_address(const std::string& host) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    return !error && address.is_unspecified();
}

// https://example.org:8443/x → example.org
std::string host_of(std::string_view url) {
    const auto scheme = url.find("://");
    auto rest = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
    rest = rest.substr(0, rest.find_first_of("/?#"));
    const auto bracket = rest.find(']');
    const auto colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
    return std::string{rest.substr(0, colon)};
}

std::string origin_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    return std::string{url.substr(0, url.find_first_of("/?#", scheme + 3))};
}

host_rules rules_for(const listen_address& listen, const std::string& public_url) {
    std::vector<std::string> names{listen.host};
    if (auto name = host_of(public_url); !name.empty()) names.push_back(std::move(name));
    return host_rules{std::move(names), is_any_address(listen.host)};
}

edge_settings checked(edge_settings settings) {
    if (settings.tls || is_loopback(settings.admin.host)) return settings;
    throw core::fatal_error{core::exit_code::configuration,
                            "admin.listen: " + settings.admin.host +
                                " is not a loopback address, and without TLS the admin token "
                                "would cross the network in clear; give http.tls_certificate and http.tls_key, or use "
                                "127.0.0.1 or [::1] and a tunnel from elsewhere"};
}

}  // namespace

struct edge::impl {
    impl(edge_parts given, edge_settings chosen)
        : parts{std::move(given)},
          settings{checked(std::move(chosen))},
          identity{settings.tls ? std::optional<tls_identity>{*settings.tls} : std::nullopt},
          own{public_pages, {parts.failing, parts.lacking}, settings.offered},
          admin_own{admin_pages, {parts.failing, parts.lacking}, settings.offered},
          public_router{parts.log, parts.clock,
                        with_users(router_for("public", settings.http.value_or(listen_address{}), public_pages))},
          admin_router{parts.log, parts.clock, with_console(router_for("admin", settings.admin, admin_pages))},
          public_server{parts.loop, parts.clock, parts.log, public_router, settings.bounds, identity_or_none()},
          admin_server{parts.loop, parts.clock, parts.log, admin_router, settings.bounds, identity_or_none()} {
        if (identity) tell_when_expired();
        own.add_to(public_router, true);
        registration.add_to(public_router);
        sessions.add_to(public_router);
        password_resets.add_to(public_router);
        account_api.add_to(public_router);
        account.add_to(public_router);
        product.add_to(public_router);
        product_site.add_to(public_router);
        admin_own.add_to(admin_router, false);
        metrics.add_to(admin_router);
        console.add_to(admin_router);
        users.add_to(admin_router);
        email.add_to(admin_router);
        logging.add_to(admin_router);
        traces.add_to(admin_router);
        product.add_to(admin_router);
        catalog.add_to(admin_router);
        product.add_for_operators_to(admin_router);
        bus.add_to(admin_router);
        events.add_to(admin_router);
        dead_letters.add_to(admin_router);
    }

    router_settings router_for(const char* name, const listen_address& listen, const pages& shown) {
        return {.limits = settings.bounds,
                .hosts = rules_for(listen, settings.public_url),
                .own_origin = origin_of(settings.public_url),
                .is_admin_token = std::bind_front(&impl::is_admin_token, this),
                .error_page = std::bind_front(&pages::error, &shown),
                .look_behind_proxies = std::bind_front(&proxies::look_behind, &trusted),
                .over_budget = std::bind_front(&client_limits::over_budget, &budgets),
                .audit = std::bind_front(&impl::audit, this),
                .admission = parts.admission,
                .metrics = &parts.metrics,
                .listener = name,
                .traces = &parts.traces};
    }

    router_settings with_users(router_settings rules) {
        rules.find_session = std::bind_front(&find_session, std::cref(modules));
        rules.form_check = std::bind_front(&form_guard::trouble_with, &forms);
        return rules;
    }

    router_settings with_console(router_settings rules) {
        rules.own_origin.clear();  // a page of the public listener is none of this one
        rules.is_console_session = std::bind_front(&console_sessions::is_open, &operators);
        rules.form_check = std::bind_front(&form_guard::trouble_with, &admin_forms);
        return rules;
    }

    // Under which a browser on this machine finds the admin listener, or else one that knows the public URL.
    [[nodiscard]] std::string admin_url() const {
        auto address = admin_server.address();
        if (is_any_address(settings.admin.host)) {
            const auto known = host_of(settings.public_url);
            address = (known.empty() ? "127.0.0.1" : known) + ':' + std::to_string(admin_server.port());
        }
        return (identity ? "https://" : "http://") + address;
    }

    core::awaitable<void> measure() {
        ready.Set(!parts.failing || parts.failing().empty() ? 1 : 0);
        lacking.Set(parts.lacking ? static_cast<double>(parts.lacking().size()) : 0);
        public_connections.Set(static_cast<double>(public_server.connections()));
        admin_connections.Set(static_cast<double>(admin_server.connections()));
        co_return;
    }

    core::gauge& connections_of(const char* listener) const {
        return parts.metrics.add_gauge("busbar_http_connections", "Open connections.", {{"listener", listener}});
    }

    // Into the log store, where it stays for log.retention. What was done is done: without the store it is only logged.
    core::awaitable<void> audit(const request& request, int status) {
        nlohmann::json done{{"who", request.is_admin ? "admin" : "anyone"},
                            {"method", request.method},
                            {"path", request.path},
                            {"status", status},
                            {"client", request.client}};
        const bus::call call{.from = request.from, .deadline = parts.clock.monotonic() + settings.request_time};
        const auto kept = co_await parts.bus.request(logging::record_entry{"audit", std::move(done), "INFO"}, call);
        if (!kept)
            parts.log.warning("an operator's action could not be recorded",
                              {{"method", request.method}, {"path", request.path}, {"error", kept.error().detail}},
                              request.from);
    }

    [[nodiscard]] bool offers(std::string_view module) const {
        return std::ranges::find(settings.offered, module) != settings.offered.end();
    }

    [[nodiscard]] const tls_identity* identity_or_none() const { return identity ? &*identity : nullptr; }

    void tell_when_expired() const {
        if (identity->valid_until() < parts.clock.now())
            parts.log.warning(
                "the TLS certificate has expired",
                {{"file", settings.tls->certificate.string()}, {"until", core::to_rfc3339(identity->valid_until())}});
    }

    void reload_certificate() {
        if (!identity) return;
        try {
            identity->reload();
        } catch (const core::fatal_error& reason) {
            parts.log.error("the TLS certificate was not read again, the old one stays", {{"reason", reason.what()}});
            return;
        }
        parts.log.info("the TLS certificate was read again", {{"until", core::to_rfc3339(identity->valid_until())}});
        tell_when_expired();
    }

    std::string admin_token() const { return parts.admin_token ? parts.admin_token() : std::string{}; }

    bool is_admin_token(std::string_view token) const {
        const auto known = admin_token();
        return !known.empty() && is_same_secret(token, known);
    }

    edge_parts parts;
    edge_settings settings;
    const proxies trusted{settings.trusted_proxies};
    client_limits budgets{parts.clock, settings.registrations_per_address, settings.sign_ins_per_address};
    std::optional<tls_identity> identity;
    process_key key;
    form_guard forms{key, origin_of(settings.public_url), session_cookie};
    form_guard admin_forms{key, {}, console_cookie};
    // A browser that comes from elsewhere shows the cookie of a session, good or not, only when it sends the form.
    form_guard sign_in_forms{key, {}, {}};
    pages public_pages{true, offers("product")};
    pages admin_pages{false};
    caller modules{parts.bus, parts.clock, settings.request_time};
    const site user_site{modules, public_pages, forms};
    registration_routes registration{user_site};
    session_routes sessions{user_site};
    password_reset_routes password_resets{user_site};
    account_routes account_api{modules};
    account_pages account{user_site};
    user_admin_routes users{modules};
    email_routes email{modules};
    written_position written;
    product_routes product{modules, written};
    product_pages product_site{user_site, written};
    catalog_routes catalog{modules};
    const operated_modules operated{modules, settings.operated};
    logging_routes logging{modules, operated, parts.clock, parts.logs};
    trace_routes traces{modules, operated};
    bus_routes bus{operated, parts.log, {settings.process, settings.modules}};
    event_routes events{operated};
    dead_letter_routes dead_letters{operated, parts.log};
    console_sessions operators{parts.clock, key, std::bind_front(&impl::admin_token, this)};
    console_routes console{operators,   parts.clock,   admin_pages,
                           admin_forms, sign_in_forms, std::bind_front(&impl::admin_url, this)};
    metrics_route metrics{parts.metrics};
    own_routes own;
    own_routes admin_own;
    router public_router;
    router admin_router;
    server public_server;  // last, so that they are gone before what they serve
    server admin_server;
    core::gauge& ready{parts.metrics.add_gauge("busbar_process_ready", "1 when GET /readyz answers 200.")};
    core::gauge& lacking{parts.metrics.add_gauge(
        "busbar_process_lacking_parts", "What lies outside of this process and is in trouble, as GET /readyz tells.")};
    core::gauge& public_connections{connections_of("public")};
    core::gauge& admin_connections{connections_of("admin")};
    core::measurement measurement{parts.metrics, [this] { return measure(); }};
};

edge::edge(edge_parts parts, edge_settings settings)
    : impl_{std::make_unique<impl>(std::move(parts), std::move(settings))} {}
edge::~edge() = default;

void edge::listen() {
    if (impl_->settings.http) impl_->public_server.listen(*impl_->settings.http);
    impl_->admin_server.listen(impl_->settings.admin);
}

void edge::start() {
    if (impl_->settings.http) impl_->public_server.start();
    impl_->admin_server.start();
}

const std::string& edge::http_address() const { return impl_->public_server.address(); }
const std::string& edge::admin_address() const { return impl_->admin_server.address(); }

void edge::reload_certificate() { impl_->reload_certificate(); }

std::string edge::public_key_pin() const { return impl_->identity ? impl_->identity->public_key_pin() : std::string{}; }

std::string edge::new_console_link() { return impl_->console.new_link(); }

core::awaitable<void> edge::stop(core::monotonic_time deadline) {
    impl_->public_server.close_door();
    impl_->admin_server.close_door();
    co_await impl_->public_server.stop(deadline);
    co_await impl_->admin_server.stop(deadline);
}

}  // namespace web
