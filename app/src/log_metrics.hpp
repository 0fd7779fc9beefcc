#pragma once

#include <array>
#include <core/log.hpp>
#include <core/metrics.hpp>

namespace app {

// Counts what this process logs, and what its terminal was too slow for. Any thread for write().
class log_metrics final : public core::log_sink {
public:
    log_metrics(core::metrics& metrics, const core::terminal_log& terminal);
    void write(const core::log_entry& entry) noexcept override;

private:
    core::awaitable<void> measure();

    std::array<core::counter*, 4> lines_{};  // by level
    const core::terminal_log& terminal_;
    core::counter& lost_;
    core::measurement measurement_;
};

}  // namespace app
