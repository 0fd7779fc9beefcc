#include "smtp_routes.hpp"

#include "smtp_server.hpp"

namespace email {

smtp_routes::smtp_routes(const settings& settings)
    : release_to_{settings.release_to.begin(), settings.release_to.end()} {
    const auto know = [this](const smtp_server& server) {
        return servers_.try_emplace(name_of(server), server).first->first;
    };
    if (settings.server) main_ = know(*settings.server);
    for (const auto& [domain, server] : settings.routes) domains_.emplace(domain, know(server));
    if (settings.release_server) release_ = know(*settings.release_server);
}

const std::string& smtp_routes::of(std::string_view address) const {
    auto domain = address.substr(address.rfind('@') + 1);
    if (const auto exact = domains_.find(domain); exact != domains_.end()) return exact->second;
    for (auto dot = domain.find('.'); dot != std::string_view::npos; dot = domain.find('.', 1)) {
        domain.remove_prefix(dot);
        if (const auto above = domains_.find(domain); above != domains_.end()) return above->second;
    }
    return main_;
}

const std::string& smtp_routes::of_released(std::string_view key) const {
    static const std::string nowhere;
    if (!may_release_to(key)) return nowhere;
    const auto& usual = of(key);
    return usual.empty() ? release_ : usual;
}

bool smtp_routes::may_release_to(std::string_view key) const {
    return release_to_.contains("*") || release_to_.contains(key) || release_to_.contains(key.substr(key.rfind('@')));
}

}  // namespace email
