#pragma once

#include <core/async.hpp>
#include <core/clock.hpp>
#include <core/log.hpp>
#include <core/metrics.hpp>
#include <core/runtime.hpp>
#include <core/uuid.hpp>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace harness {

// Where a test's files are. In memory, as far as the system has a place for it, a sync costs nothing: for tests that
// are not about the disk.
enum class medium { disk, memory };

// A folder that is gone afterwards.
class temporary_folder {
public:
    explicit temporary_folder(medium wanted = medium::disk);
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder();
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

// Keeps what was logged.
class recording_log final : public core::log_sink {
public:
    void write(const core::log_entry& entry) noexcept override;
    [[nodiscard]] std::vector<core::log_entry> entries() const;

private:
    mutable std::mutex mutex_;
    std::vector<core::log_entry> entries_;
};

// What a part needs around it: the test's loop, a clock that stands still, ids, a log, a folder. Inside a CO_TEST only.
class world {
public:
    explicit world(medium files = medium::disk);

    core::manual_clock clock;
    core::uuid_generator ids{clock};
    recording_log log;
    core::log_hub logs{clock, core::log_level::debug};
    core::metrics metrics;
    core::tracer traces{clock};  // of which nothing is kept before start()
    temporary_folder folder;
    // The reason when some part asked for the end of the program.
    std::optional<core::fatal_error> fatal;
    core::runtime runtime;
};

// What GET /metrics would say now of `series`, which is written as there: `busbar_things_total{kind="a"}`, also with
// _count, _sum or _bucket of a histogram. Nothing when there is none.
[[nodiscard]] core::awaitable<std::optional<double>> metric(world& world, std::string series);

}  // namespace harness
