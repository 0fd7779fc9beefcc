#pragma once

#include <core/backoff.hpp>
#include <core/clock.hpp>
#include <cstddef>
#include <optional>

namespace email {

// Keeps mails from a server that is away: after a failure that is the server's one mail at a time is tried, with
// growing pauses, until one comes through to it. No clock and no I/O of its own.
class host_breaker {
public:
    // The permission to send one mail. Each is given back by exactly one of passed(), failed() and unused().
    struct ticket {
        bool is_probe = false;
    };

    explicit host_breaker(core::retry_schedule pauses) : pauses_{std::move(pauses)} {}

    [[nodiscard]] std::optional<ticket> admit(core::monotonic_time now);

    // The server answered as a mail server does, whatever it thought of the mail. True when it was away until now.
    bool passed(ticket ticket);
    // `random` from [0, 1).
    void failed(ticket ticket, core::monotonic_time now, double random);
    // There was nothing to send.
    void unused(ticket ticket);

    [[nodiscard]] bool is_open() const noexcept { return failures_ > 0; }
    [[nodiscard]] bool is_probing() const noexcept { return is_probing_; }
    // When the next probe is due; only meaningful while open.
    [[nodiscard]] core::monotonic_time next_probe() const noexcept { return next_probe_; }

private:
    core::retry_schedule pauses_;
    std::size_t failures_ = 0;
    core::monotonic_time next_probe_{};
    bool is_probing_ = false;
};

}  // namespace email
