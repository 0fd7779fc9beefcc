#include "ready.hpp"

#include <unistd.h>

#include <core/exit.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "addresses.hpp"

namespace app {
namespace {

// Never who we are there.
std::string bus_of(const config::bus_settings& bus) {
    if (!bus.url) return "memory";
    return "rabbitmq at " + address_of({bus.url->host, bus.url->port});
}

constexpr auto serving_file = "serving.json";

nlohmann::ordered_json content_of(const ready_facts& facts) {
    return {{"pid", ::getpid()}, {"http", facts.http}, {"admin", facts.admin}};
}

void write_whole(const std::filesystem::path& file, const nlohmann::ordered_json& content) {
    const auto aside = file.string() + ".new";
    {
        std::ofstream out{aside, std::ios::trunc};
        out << content.dump() << '\n';
        if (!out.flush())
            throw core::fatal_error{core::exit_code::storage_failed,
                                    "the ready file " + file.string() + " cannot be written"};
    }
    std::filesystem::rename(aside, file);
}

}  // namespace

std::string ready_banner(const config::settings& settings, const ready_facts& facts, const std::string& console_link) {
    const auto& smtp = settings.email.smtp_url;
    std::string text =
        "Busbar " BUSBAR_VERSION " · ready in " + std::to_string(facts.start_time.count()) + " ms · " +
        std::to_string(settings.modules.size()) + (settings.modules.size() == 1 ? " module" : " modules") + " · bus " +
        bus_of(settings.bus) + " · " +
        (smtp ? "mail by " + smtp->host + ":" + std::to_string(smtp->port) : std::string{"mail captured locally"}) +
        "\n";
    if (!facts.http.empty()) text += "  register   " + facts.public_url + "/register\n";
    text += "  console    " + console_link + "\n";
    text += "  data       " + settings.data.dir.string() + "\n";
    return text;
}

void write_ready_file(const std::filesystem::path& file, const ready_facts& facts) {
    write_whole(file, content_of(facts));
}

void write_serving_file(const std::filesystem::path& data, const ready_facts& facts) {
    auto content = content_of(facts);
    if (!facts.public_key_pin.empty()) content["public_key_pin"] = facts.public_key_pin;
    write_whole(data / serving_file, content);
}

void remove_serving_file(const std::filesystem::path& data) {
    std::error_code gone;  // a file that is not there any more is what we want
    std::filesystem::remove(data / serving_file, gone);
}

std::optional<serving_place> read_serving_file(const std::filesystem::path& data) {
    std::ifstream file{data / serving_file};
    const auto facts = nlohmann::json::parse(file, nullptr, false);
    if (!facts.is_object() || !facts.contains("admin") || !facts["admin"].is_string()) return std::nullopt;
    auto pin = facts.value("public_key_pin", "");
    return serving_place{(pin.empty() ? "http://" : "https://") + facts["admin"].get<std::string>(), std::move(pin)};
}

}  // namespace app
