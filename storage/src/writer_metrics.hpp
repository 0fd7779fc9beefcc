#pragma once

#include <core/metrics.hpp>
#include <core/runtime.hpp>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

namespace storage {

// How the writer of one file works. committed() and failed() are for its thread; the sizes are asked for at each GET
// /metrics, on the loop.
class writer_metrics {
public:
    // `waiting`: writes that are queued; any thread.
    writer_metrics(core::metrics& metrics, const std::string& module, std::filesystem::path file,
                   std::function<std::size_t()> waiting);

    void committed(std::size_t units, std::chrono::nanoseconds time);
    void failed() { failed_.Increment(); }

private:
    core::awaitable<void> measure();

    const std::filesystem::path file_;
    const std::function<std::size_t()> waiting_;
    core::histogram& units_;
    core::histogram& time_;
    core::counter& failed_;
    core::gauge& writes_waiting_;
    core::gauge& file_bytes_;
    core::gauge& wal_bytes_;
    core::measurement measurement_;
};

}  // namespace storage
