#include "writer_metrics.hpp"

#include <chrono>

namespace storage {
namespace {

const core::histogram_buckets batch_sizes{1, 2, 4, 8, 16, 32, 64, 128, 256};
const core::histogram_buckets times{0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1};

double size_of(const std::filesystem::path& file) {
    std::error_code gone;  // a WAL that does not exist holds nothing
    const auto size = std::filesystem::file_size(file, gone);
    return gone ? 0 : static_cast<double>(size);
}

}  // namespace

writer_metrics::writer_metrics(core::metrics& metrics, const std::string& module, std::filesystem::path file,
                               std::function<std::size_t()> waiting)
    : file_{std::move(file)},
      waiting_{std::move(waiting)},
      units_{metrics.add_histogram("busbar_storage_commit_units", "Writes that shared a commit.", batch_sizes,
                                   {{"module", module}})},
      time_{metrics.add_histogram("busbar_storage_commit_duration_seconds",
                                  "Time of a commit from its first write to its sync.", times, {{"module", module}})},
      failed_{metrics.add_counter("busbar_storage_commits_failed_total", "Commits of which nothing was kept.",
                                  {{"module", module}})},
      writes_waiting_{
          metrics.add_gauge("busbar_storage_writes_waiting", "Writes that wait for a commit.", {{"module", module}})},
      file_bytes_{metrics.add_gauge("busbar_storage_file_bytes", "Size of a module's file.", {{"module", module}})},
      wal_bytes_{metrics.add_gauge("busbar_storage_wal_bytes", "Size of the write-ahead log beside a module's file.",
                                   {{"module", module}})},
      measurement_{metrics, [this] { return measure(); }} {}

void writer_metrics::committed(std::size_t units, std::chrono::nanoseconds time) {
    units_.Observe(static_cast<double>(units));
    time_.Observe(std::chrono::duration<double>(time).count());
}

core::awaitable<void> writer_metrics::measure() {
    writes_waiting_.Set(static_cast<double>(waiting_()));
    file_bytes_.Set(size_of(file_));
    wal_bytes_.Set(size_of(file_.string() + "-wal"));
    co_return;
}

}  // namespace storage
