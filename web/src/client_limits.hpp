#pragma once

#include <core/clock.hpp>
#include <core/ip_network.hpp>
#include <core/rate_limiter.hpp>
#include <optional>
#include <string_view>
#include <vector>
#include <web/request.hpp>
#include <web/router.hpp>

namespace web {

// Who the client is when proxies stand between: they append to X-Forwarded-For the address that they were asked from,
// so the last one that is no proxy of ours is the first one that nobody can have made up (RFC 7239, section 7.4).
class proxies {
public:
    explicit proxies(std::vector<core::ip_network> trusted) : trusted_{std::move(trusted)} {}

    // Sets `client` and `is_encrypted` of a request that a trusted proxy has passed on; others stay as they are.
    void look_behind(request& request) const;

private:
    [[nodiscard]] bool is_trusted(std::string_view address) const;

    std::vector<core::ip_network> trusted_;
};

// How often one client may ask for what costs a password hash or a mail. Loop thread.
class client_limits {
public:
    client_limits(const core::clock& clock, const std::optional<core::rate>& registrations,
                  const std::optional<core::rate>& sign_ins);

    // Counts the request; 429 when there were too many, with what draft-ietf-httpapi-ratelimit-headers-10 has. Other
    // answers do not carry these fields: they would differ from one to the next, also where they must not (S10).
    [[nodiscard]] std::optional<response> over_budget(budget budget, std::string_view client);

private:
    const core::clock& clock_;
    std::optional<core::rate_limiter> registrations_;
    std::optional<core::rate_limiter> sign_ins_;
};

}  // namespace web
