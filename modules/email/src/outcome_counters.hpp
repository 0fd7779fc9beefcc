#pragma once

#include <core/clock.hpp>
#include <core/metrics.hpp>
#include <cstdint>

namespace email {

// What became of recipients: each one stands in the queue for itself, so each is counted.
struct outcome_tally {
    std::int64_t sent = 0;      // a server took it for them
    std::int64_t captured = 0;  // kept here
    std::int64_t deferred = 0;  // tried again later
    std::int64_t failed = 0;    // given up
};

// Counts them for GET /metrics, once it is on disk what became of them. All that are made of one process count
// together. Any thread.
class outcome_counters {
public:
    explicit outcome_counters(core::metrics& metrics);

    // `waited`: from their place in the queue until the server took it; of those that were sent.
    void add(const outcome_tally& outcomes, std::chrono::milliseconds waited = {});

private:
    core::counter& sent_;
    core::counter& captured_;
    core::counter& deferred_;
    core::counter& failed_;
    core::histogram& delivery_time_;
};

}  // namespace email
