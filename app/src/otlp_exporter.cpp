#include "otlp_exporter.hpp"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace app {
namespace {

constexpr std::size_t most_waiting = 2048;
constexpr std::size_t largest_batch = 512;
constexpr std::chrono::seconds longest_wait{1};  // of a span for others to go with it
constexpr std::chrono::seconds answer_limit{10};
constexpr std::chrono::seconds last_limit{1};  // once stopped

std::chrono::milliseconds since(std::chrono::steady_clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - time);
}

}  // namespace

otlp_exporter::otlp_exporter(const core::runtime& runtime, const std::string& endpoint, otlp_resource resource)
    : log_{runtime.log_for("app")},
      url_{endpoint + "/v1/traces"},
      resource_{std::move(resource)},
      delivered_{runtime.metrics.add_counter("busbar_trace_exported_spans_total", "Spans that a collector has taken.")},
      dropped_{runtime.metrics.add_counter("busbar_trace_spans_lost_total",
                                           "Spans that were recorded, but that nobody got.", {{"where", "collector"}})},
      connection_{url_, "busbar/" + resource_.version, abort_},
      thread_{[this] { run(); }} {
    ::pthread_setname_np(thread_.native_handle(), "otlp");
}

otlp_exporter::~otlp_exporter() { stop(); }

void otlp_exporter::take(std::vector<core::span_record> spans) {
    std::size_t taken = 0;
    {
        const std::lock_guard lock{mutex_};
        if (!stopped_) taken = std::min(spans.size(), most_waiting - std::min(most_waiting, queue_.size()));
        const auto end = spans.begin() + static_cast<std::ptrdiff_t>(taken);
        std::move(spans.begin(), end, std::back_inserter(queue_));
    }
    changed_.notify_all();
    if (taken < spans.size()) dropped_.Increment(static_cast<double>(spans.size() - taken));
}

void otlp_exporter::stop() {
    std::unique_lock lock{mutex_};
    stopped_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, last_limit, [this] { return ended_; });
    lock.unlock();
    abort_ = true;
    if (thread_.joinable()) thread_.join();
}

void otlp_exporter::run() {
    while (true) {
        const auto batch = next_batch();
        if (batch.empty()) break;
        send(batch);
    }
    const std::lock_guard lock{mutex_};
    ended_ = true;
    changed_.notify_all();
}

otlp_exporter::batch otlp_exporter::next_batch() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    changed_.wait_for(lock, longest_wait, [this] { return stopped_ || queue_.size() >= largest_batch; });
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), largest_batch));
    batch spans{std::make_move_iterator(queue_.begin()), std::make_move_iterator(end)};
    queue_.erase(queue_.begin(), end);
    return spans;
}

void otlp_exporter::send(const batch& spans) {
    const auto request = otlp_request(resource_, spans);
    const auto began = std::chrono::steady_clock::now();
    while (true) {
        const auto answer = connection_.post(request, is_stopped() ? last_limit : answer_limit);
        const auto decision = pace_.judge(answer, since(began), core::random_fraction());
        if (decision.what == otlp_pace::verdict::delivered) return note_delivery(spans, answer);
        tell_of_trouble(answer);
        if (decision.what == otlp_pace::verdict::refused || !rest(decision.wait))
            return dropped_.Increment(static_cast<double>(spans.size()));
    }
}

void otlp_exporter::note_delivery(const batch& spans, const collector_answer& answer) {
    const auto refused = std::clamp<std::int64_t>(refused_spans(answer.text).value_or(0), 0, std::ssize(spans));
    delivered_.Increment(static_cast<double>(std::ssize(spans) - refused));
    dropped_.Increment(static_cast<double>(refused));
    if (std::exchange(is_away_, false)) log_.info("the collector takes spans again", {{"url", url_}});
}

void otlp_exporter::tell_of_trouble(const collector_answer& answer) {
    if (std::exchange(is_away_, true)) return;
    log_.warning("the collector takes no spans; what it misses is counted",
                 {{"url", url_}, {"status", answer.status}, {"error", answer.status == 0 ? answer.text : ""}});
}

bool otlp_exporter::rest(std::chrono::milliseconds time) {
    std::unique_lock lock{mutex_};
    return !changed_.wait_for(lock, time, [this] { return stopped_; });
}

bool otlp_exporter::is_stopped() const {
    const std::lock_guard lock{mutex_};
    return stopped_;
}

}  // namespace app
