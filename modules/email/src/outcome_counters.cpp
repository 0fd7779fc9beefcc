#include "outcome_counters.hpp"

#include <algorithm>
#include <string>

namespace email {
namespace {

core::counter& counter_of(core::metrics& metrics, const std::string& outcome) {
    return metrics.add_counter("busbar_email_deliveries_total",
                               "Recipients of mails by what became of them: sent (taken by a server), captured (kept "
                               "here), deferred (tried again later), failed (given up).",
                               {{"outcome", outcome}});
}

}  // namespace

outcome_counters::outcome_counters(core::metrics& metrics)
    : sent_{counter_of(metrics, "sent")},
      captured_{counter_of(metrics, "captured")},
      deferred_{counter_of(metrics, "deferred")},
      failed_{counter_of(metrics, "failed")},
      delivery_time_{
          metrics.add_histogram("busbar_email_delivery_seconds",
                                "From the queue until a server took the mail, for each recipient that was sent one.",
                                {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600})} {}

void outcome_counters::add(const outcome_tally& outcomes, std::chrono::milliseconds waited) {
    sent_.Increment(static_cast<double>(outcomes.sent));
    captured_.Increment(static_cast<double>(outcomes.captured));
    deferred_.Increment(static_cast<double>(outcomes.deferred));
    failed_.Increment(static_cast<double>(outcomes.failed));
    // The wall clock may have been set back since.
    const auto seconds = std::max(0.0, std::chrono::duration<double>(waited).count());
    for (auto left = outcomes.sent; left > 0; --left) delivery_time_.Observe(seconds);
}

}  // namespace email
