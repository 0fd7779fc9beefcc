#include <curl/curl.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "commands.hpp"

namespace app {
namespace {

struct answer {
    long status = 0;   // of HTTP; 0 when nobody answered
    std::string text;  // the body, or why there is none
};

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* text) {
    static_cast<std::string*>(text)->append(bytes, size * count);
    return size * count;
}

answer get(const std::string& url) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle{curl_easy_init(), &curl_easy_cleanup};
    answer result;
    curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, 2000L);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &append);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &result.text);
    const auto code = curl_easy_perform(handle.get());
    if (code != CURLE_OK) return {0, url + ": " + curl_easy_strerror(code)};
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &result.status);
    return result;
}

// Where the server of this data directory says it listens; else where the configuration would have it.
std::string admin_address(const config::settings& settings) {
    std::ifstream file{settings.data.dir / "serving.json"};
    const auto facts = nlohmann::json::parse(file, nullptr, false);
    if (facts.is_object() && facts.contains("admin")) return facts["admin"].get<std::string>();
    const auto& listen = settings.admin.listen;
    const bool is_ipv6 = listen.host.contains(':');
    return (is_ipv6 ? "[" + listen.host + "]" : listen.host) + ":" + std::to_string(listen.port);
}

}  // namespace

core::exit_code check_health(const command& command, const config::loaded& configuration) {
    constexpr auto pause = std::chrono::milliseconds{100};
    const auto deadline = std::chrono::steady_clock::now() + command.timeout;
    answer last;
    while (true) {
        last = get("http://" + admin_address(configuration.values) + "/readyz");
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
