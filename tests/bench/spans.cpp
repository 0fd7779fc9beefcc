#include <core/tracer.hpp>
#include <cstdint>
#include <limits>

#include "bench.hpp"

namespace bench {
namespace {

constexpr int rounds = 2'000'000;

double nanoseconds_each(const std::function<void()>& work) { return seconds(work) / rounds * 1e9; }

// As a commit makes one, with what it says of it.
void make_spans(core::tracer& traces, core::trace_context trace) {
    for (int i = 0; i < rounds; ++i) {
        auto deeper = trace;
        auto span = traces.begin("commit", core::span_kind::internal, "product", deeper);
        span.add("db.system.name", "sqlite");
        span.add("db.namespace", "product");
        span.end();
        if (i % 512 == 0) static_cast<void>(traces.take(1024));
    }
}

}  // namespace

void spans() {
    const core::system_clock clock;
    core::tracer traces{clock, {.share = 1, .per_second = std::numeric_limits<std::uint32_t>::max()}};
    traces.start();
    auto trace = core::trace_context::start();
    const auto reference = nanoseconds_each([&] {
        for (int i = 0; i < rounds; ++i) {
            auto deeper = trace;
            if (deeper.trace_id.empty()) std::abort();
        }
    });
    report("a copy of a trace's ids", reference, "ns");
    report("the same, and a span that is not recorded", nanoseconds_each([&] { make_spans(traces, trace); }), "ns",
           reference);
    trace.sampled = true;
    report("the same, and a span that is recorded", nanoseconds_each([&] { make_spans(traces, trace); }), "ns",
           reference);
    core::metrics metrics;
    auto& counter = metrics.add_counter("busbar_bench_total", "Counted by the benchmark.");
    report("a count of a metric", nanoseconds_each([&] {
               for (int i = 0; i < rounds; ++i) counter.Increment();
           }),
           "ns", reference);
}

}  // namespace bench
