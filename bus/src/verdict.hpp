#pragma once

#include <chrono>
#include <core/backoff.hpp>
#include <cstdint>
#include <string>

namespace bus {

// What becomes of an event whose handler failed.
struct verdict {
    bool is_dead = false;
    std::chrono::milliseconds wait{};  // before the next attempt
};

enum class cause_of_failure {
    handler,   // it threw, or took too long: tried again after a pause
    hopeless,  // no repetition can help
    crash,     // the process died: tried again at once, but alone
};

struct failed_attempt {
    cause_of_failure cause = cause_of_failure::handler;
    std::string type;  // of the exception
    std::string text;
};

// `attempts`: with the one that failed. `random` from [0, 1).
[[nodiscard]] inline verdict judge(cause_of_failure cause, std::int64_t attempts, const core::retry_schedule& retry,
                                   double random) {
    if (cause == cause_of_failure::hopeless || attempts >= static_cast<std::int64_t>(retry.attempts()))
        return {.is_dead = true};
    if (cause == cause_of_failure::crash) return {};
    return {.wait = retry.delay(static_cast<std::size_t>(attempts), random)};
}

}  // namespace bus
