#pragma once

#include <bus/operations.hpp>
#include <core/metrics.hpp>
#include <functional>
#include <vector>

namespace bus {

// What the status of the modules of this process tells, as metrics: it is asked for at each GET /metrics, so nothing is
// counted twice. Loop thread.
class bus_metrics {
public:
    // `look` is called as long as this lives.
    bus_metrics(core::metrics& metrics, std::function<std::vector<module_view>()> look);

private:
    core::awaitable<void> measure();
    void show(const module_view& module);
    void show(const handler_view& handler);

    core::metrics& metrics_;
    std::function<std::vector<module_view>()> look_;
    core::measurement measurement_;
};

}  // namespace bus
