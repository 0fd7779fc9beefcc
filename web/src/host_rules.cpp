#include <algorithm>
#include <web/router.hpp>

#include "text.hpp"

namespace web {
namespace {

// The name before the port; an IPv6 address keeps its brackets. Empty when the port is none.
std::string_view name_of(std::string_view host) {
    const auto bracket = host.find(']');
    const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon == std::string_view::npos) return host;
    const auto port = host.substr(colon + 1);
    const bool is_port = port.size() <= 5 && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
    return is_port ? host.substr(0, colon) : std::string_view{};
}

}  // namespace

host_rules::host_rules(std::vector<std::string> names, bool any_local_address)
    : names_{std::move(names)}, any_local_address_{any_local_address} {
    for (auto& name : names_) {
        name = to_lower(name);
        if (name.contains(':') && !name.starts_with('[')) name = '[' + name + ']';
    }
    names_.insert(names_.end(), {"localhost", "127.0.0.1", "[::1]"});
}

bool host_rules::allows(std::string_view host, std::string_view local_address) const {
    const auto name = name_of(host);
    if (name.empty()) return false;
    if (std::ranges::any_of(names_, [name](const auto& known) { return equals_ignoring_case(known, name); }))
        return true;
    if (!any_local_address_) return false;
    const bool has_brackets = name.starts_with('[') && name.ends_with(']');
    return (has_brackets ? name.substr(1, name.size() - 2) : name) == local_address;
}

}  // namespace web
