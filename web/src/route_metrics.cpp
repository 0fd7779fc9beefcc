#include "route_metrics.hpp"

#include <algorithm>

namespace web {
namespace {

// Seconds: from what memory answers to the longest that a request may take.
const core::histogram_buckets times{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};

}  // namespace

route_metrics::route_metrics(core::metrics& metrics, std::string listener, std::string method, std::string pattern)
    : metrics_{metrics},
      labels_{{"listener", std::move(listener)}, {"method", std::move(method)}, {"route", std::move(pattern)}} {}

void route_metrics::answered(int status, std::chrono::nanoseconds time) {
    counter_for(status).Increment();
    if (time_ == nullptr)
        time_ = &metrics_.add_histogram("busbar_http_request_duration_seconds",
                                        "Time from a request's head to its answer, by route.", times, labels_);
    time_->Observe(std::chrono::duration<double>(time).count());
}

core::counter& route_metrics::counter_for(int status) {
    const auto known = std::ranges::find(by_status_, status, &std::pair<int, core::counter*>::first);
    if (known != by_status_.end()) return *known->second;
    auto labels = labels_;
    labels.emplace("code", std::to_string(status));
    auto& counter =
        metrics_.add_counter("busbar_http_requests_total", "Requests that were answered, by route and status.", labels);
    by_status_.emplace_back(status, &counter);
    return counter;
}

}  // namespace web
