#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <core/async.hpp>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>

namespace core {

using counter = prometheus::Counter;
using gauge = prometheus::Gauge;
using histogram = prometheus::Histogram;
using metric_labels = prometheus::Labels;  // names to values
using histogram_buckets = prometheus::Histogram::BucketBoundaries;

// What a process counts and measures, for GET /metrics in the text format of Prometheus 0.0.4.
//
// Names: busbar_<part>_<what>_<unit>, in seconds and bytes; a counter ends in _total. A label has few values, which the
// code or the configuration knows, never an address, an id or a secret: each is a series that is kept for ever.
//
// Adding, counting, setting: any thread. A count is lost with the process, which is what Prometheus expects.
class metrics {
public:
    // The metric of this name with these labels: made by the first call, found by those after it, and here as long as
    // this is. `help` is one line and counts the first time. They take a lock: ask once and keep the reference.
    // Throw std::invalid_argument for names that Prometheus does not allow, or a name that is of another kind.
    [[nodiscard]] counter& add_counter(const std::string& name, const std::string& help,
                                       const metric_labels& labels = {});
    [[nodiscard]] gauge& add_gauge(const std::string& name, const std::string& help, const metric_labels& labels = {});
    // `buckets`: upper bounds, ascending; the one for all that is larger comes by itself.
    [[nodiscard]] histogram& add_histogram(const std::string& name, const std::string& help,
                                           const histogram_buckets& buckets, const metric_labels& labels = {});

    // All of them, each as it is now, after everyone who measures has done so. Loop thread; several at once are
    // allowed. Throws what a measurement throws.
    [[nodiscard]] awaitable<std::string> text();

private:
    friend class measurement;
    struct asked {
        std::function<awaitable<void>()> measure;
        std::size_t running = 0;
    };

    prometheus::Registry registry_;
    std::list<std::shared_ptr<asked>> asked_;
};

// For values that are worth nothing until somebody looks, such as the length of a queue: `measure` is called at each
// text(), on the loop, and sets gauges. It may wait for a reader thread; a blocking call there would hold up the loop.
// As long as this lives; it must not end while it is asked, so what asks (the edge) is stopped before what it asks.
class measurement {
public:
    measurement(metrics& metrics, std::function<awaitable<void>()> measure);
    measurement(const measurement&) = delete;
    measurement& operator=(const measurement&) = delete;
    ~measurement();

private:
    core::metrics& metrics_;
    std::shared_ptr<core::metrics::asked> asked_;
};

// Adds one to a gauge for as long as it lives. Any thread.
class counted {
public:
    explicit counted(gauge& gauge) : gauge_{gauge} { gauge_.Increment(); }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
    ~counted() { gauge_.Decrement(); }

private:
    gauge& gauge_;
};

}  // namespace core
