#pragma once

#include <algorithm>
#include <chrono>
#include <core/backoff.hpp>
#include <cstddef>
#include <optional>

#include "collector_connection.hpp"

namespace app {

// What becomes of spans that were posted, by the rules of OTLP over HTTP: overload and what stands between may pass,
// anything else will not get better by asking again.
class otlp_pace {
public:
    // A batch is tried for so long. Then it is dropped, since newer ones wait.
    static constexpr std::chrono::seconds longest{30};

    enum class verdict : unsigned char { delivered, refused, again };
    struct decision {
        verdict what = verdict::delivered;
        std::chrono::milliseconds wait{};  // before the next attempt
    };
    // `since`: since the first attempt with this batch. `random` from [0, 1).
    [[nodiscard]] decision judge(const collector_answer& answer, std::chrono::milliseconds since, double random) {
        if (answer.status >= 200 && answer.status < 300) {
            failures_ = 0;
            return {};
        }
        if (!may_pass(answer.status)) return {.what = verdict::refused};
        auto wait = pauses_.delay(++failures_, random);
        if (answer.retry_after) wait = std::max<std::chrono::milliseconds>(wait, *answer.retry_after);
        if (since + wait > longest) return {.what = verdict::refused};
        return {.what = verdict::again, .wait = wait};
    }

private:
    static bool may_pass(long status) {
        return status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
    }

    core::retry_schedule pauses_ = core::doubling(std::chrono::seconds{1}, std::chrono::seconds{16});
    std::size_t failures_ = 0;
};

}  // namespace app
