#pragma once

#include <core/error.hpp>
#include <core/rate_limiter.hpp>
#include <core/recent_map.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

namespace registration {

// Slows down who guesses passwords, of one account or of many. Accounts are known by their address, whether they exist
// or not. Nobody is locked out: a pause doubles with each failure after the first few, from 1 s to 15 min, and ends
// with the right password or a new one (OWASP ASVS 5.0, 6.1.1 and 6.3.1). In memory: a restart forgets. Loop thread.
class sign_in_guard {
public:
    // Without a limit for one account there are no pauses either.
    sign_in_guard(const std::optional<core::rate>& of_account, const std::optional<core::rate>& of_all);

    // Before the password is looked at. Error: limited, with the time to wait.
    [[nodiscard]] core::result<void> admit(std::string_view email_key, core::monotonic_time now);
    void failed(std::string_view email_key, core::monotonic_time now);
    // The right password. It counts as an attempt all the same, since it costs a hash.
    void succeeded(std::string_view email_key);
    // The owner has set a new password by mail, so nothing that strangers tried counts any more.
    void let_in(std::string_view email_key);

private:
    struct failures {
        std::uint32_t count = 0;
        core::monotonic_time not_before{};
    };

    std::optional<core::rate_limiter> of_account_;
    std::optional<core::rate_limiter> of_all_;
    core::recent_map<failures> failures_;
};

}  // namespace registration
