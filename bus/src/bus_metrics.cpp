#include "bus_metrics.hpp"

namespace bus {
namespace {

// A counter of ours that Prometheus sees: never less than it was, since the status counts from the start of the
// process.
void bring_to(core::counter& counter, std::int64_t total) {
    counter.Increment(static_cast<double>(total) - counter.Value());
}

}  // namespace

bus_metrics::bus_metrics(core::metrics& metrics, std::function<std::vector<module_view>()> look)
    : metrics_{metrics}, look_{std::move(look)}, measurement_{metrics, [this] { return measure(); }} {}

core::awaitable<void> bus_metrics::measure() {
    for (const auto& module : look_()) show(module);
    co_return;
}

void bus_metrics::show(const module_view& module) {
    const core::metric_labels labels{{"module", module.module}};
    bring_to(metrics_.add_counter("busbar_bus_events_published_total", "Events that a module has committed.", labels),
             module.published);
    if (module.sent) {
        metrics_
            .add_gauge("busbar_bus_events_in_flight_to_broker", "Events that the broker has not confirmed yet.", labels)
            .Set(static_cast<double>(module.in_flight));
    }
    for (const auto& handler : module.handlers) show(handler);
}

void bus_metrics::show(const handler_view& handler) {
    const core::metric_labels labels{
        {"module", handler.module}, {"handler", handler.handler}, {"source", handler.source}};
    const auto count = [&](const char* name, const char* help, std::int64_t total) {
        bring_to(metrics_.add_counter(name, help, labels), total);
    };
    const auto level = [&](const char* name, const char* help, double value) {
        metrics_.add_gauge(name, help, labels).Set(value);
    };
    count("busbar_bus_events_handled_total", "Events that a handler has done.", handler.handled);
    count("busbar_bus_handler_failures_total", "Attempts of a handler that failed.", handler.failed);
    count("busbar_bus_handler_retries_total", "Attempts of a handler after a failed one.", handler.retried);
    count("busbar_bus_events_died_total", "Events that became dead letters.", handler.died);
    count("busbar_bus_duplicates_suppressed_total", "Events that came again and had no effect.", handler.suppressed);
    level("busbar_bus_lag_events", "Events of the log that a handler is not past.", static_cast<double>(handler.lag));
    level("busbar_bus_lag_seconds", "Age of the oldest event that waits for a handler.", handler.lag_seconds);
    level("busbar_bus_events_in_flight", "Events that a handler works on.", static_cast<double>(handler.in_flight));
    level("busbar_bus_parked_events", "Events that failed, or wait behind one that did, and are tried again.",
          static_cast<double>(handler.parked));
    level("busbar_bus_dead_letters", "Events that no retry could deliver and that wait for a person.",
          static_cast<double>(handler.dead));
    level("busbar_bus_handler_paused", "1 while a handler begins nothing.", handler.paused.empty() ? 0 : 1);
}

}  // namespace bus
