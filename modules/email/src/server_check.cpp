#include <algorithm>
#include <email/server_check.hpp>

#include "curl_session.hpp"
#include "smtp_routes.hpp"

namespace email {

std::vector<checked_server> check_servers(settings settings, std::chrono::milliseconds limit) {
    settings.connect_timeout = std::min(settings.connect_timeout, limit);
    settings.command_timeout = std::min(settings.command_timeout, limit);
    settings.send_timeout = std::min(settings.send_timeout, limit);
    const std::atomic<bool> never{false};
    core::gauge connections;
    std::vector<checked_server> checked;
    const smtp_routes routes{settings};
    for (const auto& [name, server] : routes.servers())
        checked.push_back({name, curl_session{settings, server, never, connections}.find_trouble()});
    return checked;
}

}  // namespace email
