#pragma once

#include <registration/messages.hpp>
#include <web/edge.hpp>

#include "scripted_accounts.hpp"
#include "scripted_bus.hpp"
#include "world.hpp"

namespace web::testing {

inline constexpr std::string_view form_type = "application/x-www-form-urlencoded";
inline constexpr std::string_view json_type = "application/json";

// What the module registration would say.
struct scripted_registration {
    std::vector<registration::register_user> registered;
    std::vector<std::string> confirmed;
    std::optional<core::error> trouble;

    core::awaitable<core::result<registration::registration_pending>> add(registration::register_user user, bus::call) {
        registered.push_back(user);
        if (trouble) co_return std::unexpected{*trouble};
        co_return registration::registration_pending{.email = user.email};
    }
    core::awaitable<core::result<bus::done>> confirm(registration::confirm message, bus::call) {
        if (message.token != "good") co_return core::fail(core::error_kind::gone, "The link is used up.");
        confirmed.push_back(message.token);
        co_return bus::done{};
    }
};

struct edge_under_test {
    explicit edge_under_test(edge_settings settings = {});

    static std::uint16_t port_of(const std::string& address) {
        return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    }

    core::awaitable<answer> ask(std::string bytes) { return exchange(port_of(edge.http_address()), std::move(bytes)); }
    core::awaitable<answer> ask_admin(std::string bytes) {
        return exchange(port_of(edge.admin_address()), std::move(bytes));
    }
    core::awaitable<void> stop() { return edge.stop(world.clock.monotonic()); }

    harness::world world;
    scripted_bus bus;
    scripted_registration registration;
    scripted_accounts accounts{bus};
    std::string admin_token = "the-token";
    std::vector<failing_part> failing;
    std::vector<failing_part> lacking;
    std::optional<core::error> closed;  // why changes are refused
    web::edge edge;
};

inline std::string between(const std::string& text, const std::string& before, const std::string& after) {
    const auto begin = text.find(before);
    if (begin == std::string::npos) return {};
    const auto start = begin + before.size();
    return text.substr(start, text.find(after, start) - start);
}

}  // namespace web::testing
