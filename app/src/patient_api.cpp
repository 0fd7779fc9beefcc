#include "patient_api.hpp"

#include <algorithm>
#include <array>
#include <core/exit.hpp>
#include <thread>

namespace app {
namespace {

constexpr std::chrono::milliseconds longest_pause{2000};

bool passes(long status) {
    constexpr std::array passing{0L, 429L, 502L, 503L, 504L, 507L};
    return std::ranges::find(passing, status) != passing.end();
}

}  // namespace

std::optional<std::chrono::milliseconds> retry_schedule::pause(time now,
                                                               std::optional<std::chrono::seconds> retry_after) {
    if (!began_) began_ = now;
    const auto left = std::chrono::floor<std::chrono::milliseconds>(*began_ + limit_ - now);
    if (left <= std::chrono::milliseconds::zero()) return std::nullopt;
    const std::chrono::milliseconds wanted = retry_after ? *retry_after : next_;
    next_ = std::min(2 * next_, longest_pause);
    return std::min(wanted, left);
}

http_answer patient_api::send(const admin_api::message& message, const std::string& so_far) {
    while (true) {
        const auto answer = api_.send(message);
        if (answer) was_answered_ = true;
        if (answer && !passes(answer->status)) {
            schedule_.note_success();
            return *answer;
        }
        const auto status = answer ? answer->status : answer.error().status;
        const auto pause =
            was_answered_ && passes(status)
                ? schedule_.pause(std::chrono::steady_clock::now(), answer ? answer->retry_after : std::nullopt)
                : std::nullopt;
        if (!pause)
            throw core::fatal_error{core::exit_code::unavailable,
                                    (answer ? reason_in(*answer) : answer.error().reason) + so_far};
        std::this_thread::sleep_for(*pause);
    }
}

}  // namespace app
