#include "process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>

#include "disk_room.hpp"

namespace app {
namespace {

double processor_seconds() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

double resident_bytes() {
    std::ifstream file{"/proc/self/statm"};
    double all = 0;
    double resident = 0;  // pages, as proc(5) says
    if (!(file >> all >> resident)) return std::nan("");
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_files() {
    std::error_code error;
    const std::filesystem::directory_iterator all{"/proc/self/fd", error};
    if (error) return std::nan("");
    return static_cast<double>(std::distance(begin(all), end(all)) - 1);  // but the one that looks
}

double most_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nan("");
    return limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<double>::infinity()
                                           : static_cast<double>(limit.rlim_cur);
}

}  // namespace

process_metrics::process_metrics(const core::runtime& runtime, std::filesystem::path data, std::uint64_t reserve)
    : data_{std::move(data)},
      processor_time_{
          runtime.metrics.add_counter("process_cpu_seconds_total", "Processor time that this process has used.")},
      memory_{runtime.metrics.add_gauge("process_resident_memory_bytes", "Memory of this process that is in RAM.")},
      open_files_{runtime.metrics.add_gauge("process_open_fds", "Open files and sockets.")},
      most_files_{runtime.metrics.add_gauge("process_max_fds", "The most that may be open.")},
      free_{runtime.metrics.add_gauge("busbar_storage_free_bytes", "Room on the disk of the data.")},
      measurement_{runtime.metrics, [this] { return measure(); }} {
    runtime.metrics.add_gauge("process_start_time_seconds", "When this process was started, in seconds since 1970.")
        .Set(std::chrono::duration<double>(runtime.time.now().time_since_epoch()).count());
    runtime.metrics.add_gauge("busbar_storage_reserve_bytes", "Room below which changes are refused.")
        .Set(static_cast<double>(reserve));
    runtime.metrics.add_gauge("busbar_build_info", "Always 1.", {{"version", BUSBAR_VERSION}}).Set(1);
}

core::awaitable<void> process_metrics::measure() {
    processor_time_.Increment(processor_seconds() - processor_time_.Value());
    memory_.Set(resident_bytes());
    open_files_.Set(open_files());
    most_files_.Set(most_files());
    const auto free = free_bytes(data_);
    free_.Set(free ? static_cast<double>(*free) : std::nan(""));
    co_return;
}

}  // namespace app
