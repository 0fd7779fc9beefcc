#pragma once

#include <bus/endpoint.hpp>
#include <core/async.hpp>
#include <core/metrics.hpp>
#include <core/runtime.hpp>
#include <core/task_group.hpp>
#include <cstdint>
#include <string>

#include "otlp_exporter.hpp"

namespace app {

// Hands on the spans of this process, five times a second: over the bus to whoever stores them, and to a collector.
// Loop thread. All that is given outlives it.
class span_feed {
public:
    // `process`: its name, as the bus knows it. `collector`: may be none.
    span_feed(const core::runtime& runtime, bus::endpoint& bus, std::string process, otlp_exporter* collector);

    // From here on spans are recorded.
    void start();
    // Hands on what there is; nothing is recorded any more.
    core::awaitable<void> stop();
    // What there is now, out of turn.
    void hand_on();

private:
    core::awaitable<void> run();
    void count();

    const core::runtime& runtime_;
    bus::endpoint& bus_;
    const std::string process_;
    otlp_exporter* collector_;
    core::counter& recorded_;
    core::counter& dropped_;
    core::task_group tasks_;
};

}  // namespace app
