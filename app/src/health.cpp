#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "admin_api.hpp"
#include "commands.hpp"
#include "http_client.hpp"

namespace app {
namespace {

// Where the server of this data directory says it listens; else where the configuration would have it.
std::string admin_address(const config::settings& settings) {
    if (auto address = serving_address(settings)) return *std::move(address);
    const auto& listen = settings.admin.listen;
    const bool is_ipv6 = listen.host.contains(':');
    return (is_ipv6 ? "[" + listen.host + "]" : listen.host) + ":" + std::to_string(listen.port);
}

}  // namespace

core::exit_code check_health(const command& command, const config::loaded& configuration) {
    constexpr auto pause = std::chrono::milliseconds{100};
    const auto deadline = std::chrono::steady_clock::now() + command.timeout;
    http_answer last;
    while (true) {
        last = send({.url = "http://" + admin_address(configuration.values) + "/readyz"});
        if (last.status == 200 || !command.wait || std::chrono::steady_clock::now() + pause > deadline) break;
        std::this_thread::sleep_for(pause);
    }
    const bool is_ready = last.status == 200;
    if (command.as_json)
        std::printf("%s\n", nlohmann::json{{"ready", is_ready}, {"detail", last.text}}.dump().c_str());
    else
        std::fprintf(is_ready ? stdout : stderr, "%s\n", is_ready ? "ready" : ("not ready: " + last.text).c_str());
    return is_ready ? core::exit_code::done : core::exit_code::no;
}

}  // namespace app
