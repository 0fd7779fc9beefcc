#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <bus/amqp/broker_check.hpp>
#include <chrono>
#include <core/clock.hpp>
#include <core/exit.hpp>
#include <email/dkim.hpp>
#include <email/preview.hpp>
#include <email/server_check.hpp>
#include <nlohmann/json.hpp>
#include <web/tls.hpp>

#include "addresses.hpp"
#include "checks.hpp"
#include "collector_connection.hpp"
#include "http_client.hpp"
#include "module_settings.hpp"
#include "otlp_message.hpp"

namespace app {
namespace {

using tcp = boost::asio::ip::tcp;

constexpr std::chrono::seconds patience{5};

bool runs(const config::settings& settings, std::string_view module) {
    return std::ranges::find(settings.modules, module) != settings.modules.end();
}

check_result check_address(std::string name, const config::host_port& listen, bool is_served) {
    check_result result{std::move(name), check_state::ok, address_of(listen)};
    if (is_served) {
        result.detail += " belongs to the server that runs";
        return result;
    }
    boost::asio::io_context loop;
    boost::system::error_code error;
    const auto found = tcp::resolver{loop}.resolve(listen.host, std::to_string(listen.port), error);
    if (!error) {
        tcp::acceptor acceptor{loop};
        acceptor.open(found.begin()->endpoint().protocol(), error);
        if (!error) acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
        if (!error) acceptor.bind(found.begin()->endpoint(), error);
        if (!error) acceptor.listen(1, error);
    }
    if (!error) {
        result.detail += " is free";
        return result;
    }
    result.state = check_state::failed;
    result.detail += ": " + error.message();
    if (error == boost::asio::error::address_in_use)
        result.detail += ". Stop who has it (ss -ltnp shows who), or choose another address.";
    return result;
}

}  // namespace

std::optional<running_server> find_running_server(const config::settings& settings) {
    const auto place = read_serving_file(settings.data.dir);
    if (!place) return std::nullopt;
    const auto answer = send({.url = place->admin + "/readyz", .public_key_pin = place->public_key_pin});
    if (answer.status == 0) return std::nullopt;
    return running_server{*place, answer.status == 200, answer.text};
}

check_result check_server(const std::optional<running_server>& server) {
    if (!server) return {"server", check_state::ok, "none runs with this data"};
    check_result result{"server", check_state::ok, server->place.admin + " is ready"};
    if (!server->is_ready) {
        result.state = check_state::failed;
        result.detail = server->place.admin + " is not ready: " + server->detail;
        return result;
    }
    const auto body = nlohmann::json::parse(server->detail, nullptr, false);
    if (!body.is_object() || !body.contains("lacking") || body["lacking"].empty()) return result;
    result.state = check_state::warning;
    for (const auto& one : body["lacking"])
        result.detail += "; " + one.value("part", "") + ": " + one.value("reason", "");
    return result;
}

check_result check_files_of_settings(const config::loaded& configuration) {
    const auto& settings = configuration.values;
    try {
        if (runs(settings, "email")) {
            email::check_templates(settings.email.templates_dir.string());
            if (const auto mails = email_settings_of(settings, {}); mails.dkim)
                std::ignore = email::dkim_record_for(mails);
        }
    } catch (const core::fatal_error& reason) {
        return {"settings", check_state::failed, reason.what()};
    }
    return {"settings", check_state::ok, "all of them can be used"};
}

std::vector<check_result> check_addresses(const config::settings& settings, bool is_served) {
    std::vector<check_result> results;
    if (runs(settings, "web")) results.push_back(check_address("http.listen", settings.http.listen, is_served));
    results.push_back(check_address("admin.listen", settings.admin.listen, is_served));
    return results;
}

check_result check_certificate(const config::settings& settings) {
    if (!settings.http.has_tls()) return {"certificate", check_state::ok, "none: the listeners speak plain HTTP"};
    try {
        const auto until = web::tls_identity{tls_files_of(settings)}.valid_until();
        const auto left = until - core::system_clock{}.now();
        check_result result{"certificate", check_state::ok, "valid until " + core::to_rfc3339(until)};
        if (left < std::chrono::days{0})
            result = {"certificate", check_state::failed, "has expired at " + core::to_rfc3339(until) + ": renew it"};
        else if (left < std::chrono::days{14})
            result = {"certificate", check_state::warning, "valid until " + core::to_rfc3339(until) + ": renew it"};
        return result;
    } catch (const core::fatal_error& reason) {
        return {"certificate", check_state::failed, reason.what()};
    }
}

std::vector<check_result> check_mail_servers(const config::settings& settings) {
    if (!runs(settings, "email")) return {};
    std::vector<check_result> results;
    for (const auto& [name, trouble] : email::check_servers(email_settings_of(settings, {}), patience)) {
        if (trouble.empty())
            results.push_back({"mail server", check_state::ok, name + " takes mails"});
        else
            results.push_back({"mail server", check_state::failed,
                               name + ": " + trouble + ". Mails wait for it; see email.smtp_url and email.ca_file."});
    }
    if (results.empty()) results.push_back({"mail server", check_state::ok, "none: mails are kept here and not sent"});
    return results;
}

check_result check_broker(const config::settings& settings) {
    if (!settings.bus.url) return {"broker", check_state::ok, "none: the bus is in memory"};
    auto wanted = broker_settings_of(settings);
    wanted.connect_limit = std::min<std::chrono::milliseconds>(wanted.connect_limit, patience);
    const auto place = address_of({settings.bus.url->host, settings.bus.url->port});
    const auto trouble = bus::amqp::find_trouble(wanted);
    if (trouble.empty()) return {"broker", check_state::ok, place + " lets us in"};
    return {"broker", check_state::failed, trouble + ". See bus.url."};
}

check_result check_collector(const config::settings& settings) {
    const auto& endpoint = settings.tracing.otlp_endpoint;
    if (endpoint.empty()) return {"collector", check_state::ok, "none: traces are kept here"};
    std::atomic<bool> never{false};
    const auto answer = collector_connection{endpoint + "/v1/traces", "busbar check", never}.post(
        otlp_request({.version = BUSBAR_VERSION, .instance = "check"}, {}), patience);
    if (answer.status == 200) return {"collector", check_state::ok, endpoint + " takes spans"};
    // Nothing but the telemetry suffers.
    return {"collector", check_state::warning,
            endpoint + ": " + (answer.status == 0 ? answer.text : "HTTP status " + std::to_string(answer.status)) +
                ". Spans for it are lost and counted; see tracing.otlp_endpoint."};
}

}  // namespace app
