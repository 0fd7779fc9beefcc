#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "addresses.hpp"
#include "commands.hpp"
#include "http_client.hpp"
#include "module_settings.hpp"
#include "ready.hpp"

namespace app {
namespace {

// Where the server of this data directory says it listens; else where the configuration would have it.
serving_place place_of_server(const config::settings& settings) {
    if (auto place = read_serving_file(settings.data.dir)) return *std::move(place);
    return {.admin = std::string{scheme_of(settings)} + "://" + address_of(settings.admin.listen),
            .public_key_pin =
                settings.http.has_tls() ? web::tls_identity{tls_files_of(settings)}.public_key_pin() : std::string{}};
}

// What the server cannot reach: no reason not to use it, but one to look.
std::vector<std::string> lacking_in(const std::string& answer) {
    std::vector<std::string> reasons;
    const auto body = nlohmann::json::parse(answer, nullptr, false);
    if (!body.is_object() || !body.contains("lacking")) return reasons;
    for (const auto& one : body["lacking"]) reasons.push_back(one.value("part", "") + ": " + one.value("reason", ""));
    return reasons;
}

}  // namespace

core::exit_code check_health(const command& command, const config::loaded& configuration) {
    constexpr auto pause = std::chrono::milliseconds{100};
    const auto deadline = std::chrono::steady_clock::now() + command.timeout;
    http_answer last;
    while (true) {
        const auto server = place_of_server(configuration.values);
        last = send({.url = server.admin + "/readyz", .public_key_pin = server.public_key_pin});
        if (last.status == 200 || !command.wait || std::chrono::steady_clock::now() + pause > deadline) break;
        std::this_thread::sleep_for(pause);
    }
    const bool is_ready = last.status == 200;
    if (command.as_json)
        std::printf("%s\n", nlohmann::json{{"ready", is_ready}, {"detail", last.text}}.dump().c_str());
    else if (const auto lacking = lacking_in(last.text); is_ready && !lacking.empty()) {
        std::puts("ready, but lacking");
        for (const auto& reason : lacking) std::printf("  %s\n", reason.c_str());
    } else
        std::fprintf(is_ready ? stdout : stderr, "%s\n", is_ready ? "ready" : ("not ready: " + last.text).c_str());
    return is_ready ? core::exit_code::done : core::exit_code::no;
}

}  // namespace app
