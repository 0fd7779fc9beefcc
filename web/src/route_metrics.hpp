#pragma once

#include <chrono>
#include <core/metrics.hpp>
#include <string>
#include <utility>
#include <vector>

namespace web {

// Counts and times what was answered on one route of one listener: by the route's pattern and not by path, since an
// address that a client makes up is to be no series. A route that nobody has asked for has none either. Loop thread.
class route_metrics {
public:
    // `metrics` outlives this.
    route_metrics(core::metrics& metrics, std::string listener, std::string method, std::string pattern);

    // `time`: from the end of the request's head to the answer, before that is sent.
    void answered(int status, std::chrono::nanoseconds time);

private:
    [[nodiscard]] core::counter& counter_for(int status);

    core::metrics& metrics_;
    const core::metric_labels labels_;
    core::histogram* time_ = nullptr;
    std::vector<std::pair<int, core::counter*>> by_status_;
};

}  // namespace web
