#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <core/log.hpp>
#include <core/metrics.hpp>
#include <core/runtime.hpp>
#include <core/tracer.hpp>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "collector_connection.hpp"
#include "otlp_message.hpp"
#include "otlp_pace.hpp"

namespace app {

// Sends spans to an OpenTelemetry collector, by OTLP over HTTP with protocol buffers, from a thread of its own. A
// collector that is away or does not answer costs nobody anything but memory for 2,048 spans: what does not fit is
// dropped and counted.
//
// take() from any thread; stop() once, before the destructor.
class otlp_exporter {
public:
    // `endpoint`: a URL without a slash at its end. Spans go to <endpoint>/v1/traces.
    otlp_exporter(const core::runtime& runtime, const std::string& endpoint, otlp_resource resource);
    otlp_exporter(const otlp_exporter&) = delete;
    otlp_exporter& operator=(const otlp_exporter&) = delete;
    ~otlp_exporter();

    // Never waits.
    void take(std::vector<core::span_record> spans);
    // Tries once to send what is left, for a second at most, give or take another one.
    void stop();

private:
    using batch = std::vector<core::span_record>;

    void run();
    // When there are enough of them, or the first has waited for a second. Empty: stopped, and nothing is left.
    [[nodiscard]] batch next_batch();
    void send(const batch& spans);
    void note_delivery(const batch& spans, const collector_answer& answer);
    void tell_of_trouble(const collector_answer& answer);
    // False when it is stopped meanwhile.
    bool rest(std::chrono::milliseconds time);
    [[nodiscard]] bool is_stopped() const;

    core::logger log_;
    const std::string url_;
    const otlp_resource resource_;
    core::counter& delivered_;
    core::counter& dropped_;
    std::atomic<bool> abort_{false};
    collector_connection connection_;
    otlp_pace pace_;
    bool is_away_ = false;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<core::span_record> queue_;
    bool stopped_ = false;
    bool ended_ = false;
    std::thread thread_;
};

}  // namespace app
