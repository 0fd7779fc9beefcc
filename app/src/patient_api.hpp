#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "admin_api.hpp"

namespace app {

// When to ask again after trouble that passes. Without a clock of its own.
class retry_schedule {
public:
    using time = std::chrono::steady_clock::time_point;

    // `limit`: of trouble without a break.
    explicit retry_schedule(std::chrono::milliseconds limit) : limit_{limit} {}

    void note_success() { *this = retry_schedule{limit_}; }
    // How long to wait now, twice as long each time or as the server says; none: it is time to give up.
    [[nodiscard]] std::optional<std::chrono::milliseconds> pause(time now,
                                                                 std::optional<std::chrono::seconds> retry_after);

private:
    std::chrono::milliseconds limit_;
    std::optional<time> began_{};
    std::chrono::milliseconds next_{100};
};

// The admin API for long work that asks for what may be asked twice: it outlasts a restart of the server, and refusals
// that pass (429, 502, 503, 504, 507), for a minute. Who was never answered is told at once that no server runs.
class patient_api {
public:
    explicit patient_api(const config::settings& settings) : api_{settings} {}

    // Any other status. Throws core::fatal_error (unavailable), with `so_far` behind the reason.
    [[nodiscard]] http_answer send(const admin_api::message& message, const std::string& so_far);

private:
    admin_api api_;
    retry_schedule schedule_{std::chrono::minutes{1}};
    bool was_answered_ = false;
};

}  // namespace app
