#pragma once

#include <core/async.hpp>
#include <core/metrics.hpp>
#include <core/runtime.hpp>
#include <cstdint>
#include <filesystem>

namespace app {

// What every program that Prometheus asks tells of its process, under the names that all of them use, which Busbar it
// is, and the room on the disk of its data. From the system, when it is asked. Loop thread. The runtime outlives it.
class process_metrics {
public:
    // The process counts as started now. `reserve`: bytes below which changes are refused.
    process_metrics(const core::runtime& runtime, std::filesystem::path data, std::uint64_t reserve);

private:
    core::awaitable<void> measure();

    const std::filesystem::path data_;
    core::counter& processor_time_;
    core::gauge& memory_;
    core::gauge& open_files_;
    core::gauge& most_files_;
    core::gauge& free_;
    core::measurement measurement_;
};

}  // namespace app
