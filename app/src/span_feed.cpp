#include "span_feed.hpp"

#include <chrono>
#include <logging/traces.hpp>
#include <utility>

#include "valid_text.hpp"

namespace app {
namespace {

constexpr std::chrono::milliseconds between_batches{200};
constexpr std::size_t largest_batch = 512;

std::int64_t microseconds(std::chrono::nanoseconds time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

nlohmann::json json_of(const core::log_value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return valid_text(*text);
    return std::visit([](const auto& one) { return nlohmann::json(one); }, value);
}

logging::recorded_span recorded(const core::span_record& span) {
    logging::recorded_span result{.trace_id = span.trace_id,
                                  .span_id = span.span_id,
                                  .parent_span_id = span.parent_span_id,
                                  .name = valid_text(span.name),
                                  .kind = std::string{core::to_string(span.kind)},
                                  .module = span.module,
                                  .started_at = microseconds(span.started_at.time_since_epoch()),
                                  .duration = microseconds(span.duration),
                                  .has_failed = span.has_failed,
                                  .failure = valid_text(span.failure),
                                  .attributes = nlohmann::json::object()};
    for (const auto& [name, value] : span.attributes) result.attributes[name] = json_of(value);
    return result;
}

}  // namespace

span_feed::span_feed(const core::runtime& runtime, bus::endpoint& bus, std::string process, otlp_exporter* collector)
    : runtime_{runtime},
      bus_{bus},
      process_{std::move(process)},
      collector_{collector},
      recorded_{runtime.metrics.add_counter("busbar_trace_spans_total", "Spans that were recorded.")},
      dropped_{runtime.metrics.add_counter("busbar_trace_spans_lost_total",
                                           "Spans that were recorded, but that nobody got.", {{"where", "process"}})},
      tasks_{runtime.loop, runtime.time, runtime.log_for("app")} {}

void span_feed::start() {
    runtime_.traces.start();
    tasks_.spawn_restarting("hand on spans", [this] { return run(); });
}

core::awaitable<void> span_feed::stop() {
    runtime_.traces.stop();
    tasks_.stop();
    co_await tasks_.join();
    hand_on();
}

core::awaitable<void> span_feed::run() {
    while (true) {
        co_await runtime_.time.sleep_for(between_batches);
        hand_on();
    }
}

void span_feed::hand_on() {
    while (true) {
        auto spans = runtime_.traces.take(largest_batch);
        count();
        if (spans.empty()) return;
        logging::spans_recorded batch{.process = process_, .spans = {}};
        batch.spans.reserve(spans.size());
        for (const auto& span : spans) batch.spans.push_back(recorded(span));
        bus_.emit(std::move(batch));
        if (collector_ != nullptr) collector_->take(std::move(spans));
    }
}

void span_feed::count() {
    recorded_.Increment(static_cast<double>(runtime_.traces.recorded()) - recorded_.Value());
    dropped_.Increment(static_cast<double>(runtime_.traces.dropped()) - dropped_.Value());
}

}  // namespace app
