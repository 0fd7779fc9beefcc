#include <prometheus/text_serializer.h>

#include <cassert>
#include <core/metrics.hpp>
#include <utility>
#include <vector>

namespace core {

counter& metrics::add_counter(const std::string& name, const std::string& help, const metric_labels& labels) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry_).Add(labels);
}

gauge& metrics::add_gauge(const std::string& name, const std::string& help, const metric_labels& labels) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add(labels);
}

histogram& metrics::add_histogram(const std::string& name, const std::string& help, const histogram_buckets& buckets,
                                  const metric_labels& labels) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_).Add(labels, buckets);
}

awaitable<std::string> metrics::text() {
    struct running {
        explicit running(asked& asked) : one{asked} { ++one.running; }
        running(const running&) = delete;
        running& operator=(const running&) = delete;
        ~running() { --one.running; }
        asked& one;
    };
    // One may come or go while another one waits.
    const std::vector<std::shared_ptr<asked>> all{asked_.begin(), asked_.end()};
    for (const auto& one : all) {
        if (!one->measure) continue;
        const running now{*one};
        co_await one->measure();
    }
    co_return prometheus::TextSerializer{}.Serialize(registry_.Collect());
}

measurement::measurement(metrics& metrics, std::function<awaitable<void>()> measure)
    : metrics_{metrics},
      asked_{metrics.asked_.emplace_back(std::make_shared<core::metrics::asked>(std::move(measure)))} {}

measurement::~measurement() {
    assert(asked_->running == 0 && "a measurement is destroyed while it is asked");
    asked_->measure = nullptr;
    metrics_.asked_.remove(asked_);
}

}  // namespace core
