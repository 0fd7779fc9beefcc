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

}  // namespace

std::string ready_banner(const config::settings& settings, const ready_facts& facts) {
    const auto& smtp = settings.email.smtp_url;
    std::string text =
        "Busbar " BUSBAR_VERSION " · ready in " + std::to_string(facts.start_time.count()) + " ms · " +
        std::to_string(settings.modules.size()) + (settings.modules.size() == 1 ? " module" : " modules") + " · bus " +
        bus_of(settings.bus) + " · " +
        (smtp ? "mail by " + smtp->host + ":" + std::to_string(smtp->port) : std::string{"mail captured locally"}) +
        "\n";
    if (!facts.http.empty()) text += "  register   " + facts.public_url + "/register\n";
    text += "  admin      http://" + facts.admin + "/api/v1 (token: busbar token)\n";
    text += "  data       " + settings.data.dir.string() + "\n";
    return text;
}

void write_ready_file(const std::filesystem::path& file, const ready_facts& facts) {
    const auto aside = file.string() + ".new";
    const nlohmann::ordered_json content{{"pid", ::getpid()}, {"http", facts.http}, {"admin", facts.admin}};
    {
        std::ofstream out{aside, std::ios::trunc};
        out << content.dump() << '\n';
        if (!out.flush())
            throw core::fatal_error{core::exit_code::storage_failed,
                                    "the ready file " + file.string() + " cannot be written"};
    }
    std::filesystem::rename(aside, file);
}

}  // namespace app
