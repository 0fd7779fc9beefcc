#pragma once

#include <core/async.hpp>
#include <core/metrics.hpp>
#include <core/runtime.hpp>

namespace app {

// What every program that Prometheus asks tells of its process, under the names that all of them use, and which Busbar
// it is. From /proc, when it is asked. Loop thread. The runtime outlives it.
class process_metrics {
public:
    // The process counts as started now.
    explicit process_metrics(const core::runtime& runtime);

private:
    core::awaitable<void> measure();

    core::counter& processor_time_;
    core::gauge& memory_;
    core::gauge& open_files_;
    core::gauge& most_files_;
    core::measurement measurement_;
};

}  // namespace app
