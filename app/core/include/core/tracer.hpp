#pragma once

#include <core/clock.hpp>
#include <core/log.hpp>
#include <core/trace.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace core {

// The numbers are those of OTLP.
enum class span_kind : std::uint8_t { internal = 1, server = 2, client = 3, producer = 4, consumer = 5 };
// "internal", "server", "client", "producer", "consumer".
[[nodiscard]] std::string_view to_string(span_kind kind);

// A piece of work that is over. Names and attributes by OpenTelemetry's semantic conventions; no secrets. Texts have
// 1,000 bytes at most: what is longer is cut off when the span ends.
struct span_record {
    std::string trace_id;
    std::string span_id;
    std::string parent_span_id;  // empty: the first of its trace
    std::string name;            // few different ones: no ids
    span_kind kind = span_kind::internal;
    std::string module;
    fine_timestamp started_at{};
    std::chrono::nanoseconds duration{};
    bool has_failed = false;
    std::string failure{};  // why, for people; may be empty
    std::vector<log_field> attributes{};
};

class tracer;

// A piece of work under way; over when it is destroyed, or before by end(). One that is not recorded does nothing and
// costs next to nothing. Loop thread; the tracer outlives it.
class span {
public:
    span() = default;
    span(span&& other) noexcept = default;
    span& operator=(span&& other) noexcept;
    ~span() { end(); }

    [[nodiscard]] bool is_recorded() const noexcept { return open_ != nullptr; }
    template <class Value>
    void add(const char* name, Value&& value) {
        if (open_) open_->record.attributes.emplace_back(name, std::forward<Value>(value));
    }
    void rename(std::string name) {
        if (open_) open_->record.name = std::move(name);
    }
    // `type`: of the exception, or what kind of error it is; few different ones. `text`: for people.
    void fail(std::string_view type, std::string text);
    void end() noexcept;

private:
    friend class tracer;
    struct open {
        tracer& owner;
        monotonic_time began;
        span_record record;
    };
    std::unique_ptr<open> open_;
};

struct trace_rules {
    double share = 1;                // of the traces that begin here, from 0 to 1, by chance
    std::uint32_t per_second = 100;  // so many new traces at most, and as many at once
};

// Lets something happen so many times a second on the average, and as many times at once. One thread.
class allowance {
public:
    explicit allowance(double per_second) : per_second_{per_second}, left_{per_second} {}
    [[nodiscard]] bool take(monotonic_time now);

private:
    double per_second_;
    double left_;
    monotonic_time counted_at_{};
};

// Decides of which traces the spans are kept, and holds those that are over until somebody takes them.
//
// It is decided once, where a trace enters the system, and travels with the trace (the flag `sampled` of W3C Trace
// Context): of one trace all spans are kept or none, in every process. Under load it is the rate that bounds what
// tracing costs; a trace of very many spans, such as that of an import, loses some: 20 are allowed for each trace.
//
// Loop thread. Nothing is kept before start(). `most`: spans that wait to be taken; what does not fit is dropped and
// counted.
class tracer {
public:
    static constexpr std::size_t usual_most = 2048;

    explicit tracer(const clock& time, trace_rules rules = {}, std::size_t most = usual_most)
        : time_{time},
          rules_{rules},
          most_{most},
          new_traces_{static_cast<double>(rules.per_second)},
          new_spans_{static_cast<double>(rules.per_second) * spans_of_a_trace} {}
    tracer(const tracer&) = delete;
    tracer& operator=(const tracer&) = delete;
    ~tracer() = default;

    void start() noexcept { is_on_ = true; }
    void stop() noexcept { is_on_ = false; }

    // The first span in this system of what comes from outside. `trace`: that of who asked, or a new one when it
    // `begins_here`; afterwards that of the span. What the asker did not want to be kept is not, and what it did want
    // is as long as there is room for one more trace.
    [[nodiscard]] span enter(std::string_view name, span_kind kind, std::string_view module, trace_context& trace,
                             bool begins_here);

    // Goes one step deeper when the spans of `trace` are kept: then `trace` is that of the new span. Else the span is
    // not recorded and `trace` stays as it is.
    [[nodiscard]] span begin(std::string_view name, span_kind kind, std::string_view module, trace_context& trace);

    // The oldest that are over.
    [[nodiscard]] std::vector<span_record> take(std::size_t most);
    // Since the start.
    [[nodiscard]] std::uint64_t recorded() const noexcept { return recorded_; }
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

private:
    friend class span;
    static constexpr double spans_of_a_trace = 20;

    [[nodiscard]] bool is_chosen() const;
    void ended(span::open& one);

    const clock& time_;
    const trace_rules rules_;
    const std::size_t most_;
    bool is_on_ = false;
    allowance new_traces_;
    allowance new_spans_;
    std::deque<span_record> over_;
    std::uint64_t recorded_ = 0;
    std::uint64_t dropped_ = 0;
};

}  // namespace core
