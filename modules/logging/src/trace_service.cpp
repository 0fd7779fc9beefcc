#include "trace_service.hpp"

#include <chrono>
#include <functional>
#include <utility>

#include "span_store.hpp"

namespace logging {
namespace {

constexpr std::size_t waiting_batches = 64;  // of up to 512 spans
constexpr std::size_t batches_of_a_commit = 8;
constexpr std::int64_t largest_page = 100;
constexpr std::size_t removed_at_a_time = 50;  // traces
constexpr std::chrono::minutes between_removals{1};

}  // namespace

trace_service::trace_service(const bus::module_context& context, const settings& options)
    : context_{context},
      settings_{options},
      spans_{context.bus.listen<spans_recorded>(waiting_batches)},
      tasks_{context.runtime.loop, context.runtime.time, context.log},
      storing_{context.runtime.loop, context.runtime.time, context.log} {
    context.bus.answer<get_trace>(std::bind_front(&trace_service::get, this), 64);
    context.bus.answer<search_traces>(std::bind_front(&trace_service::search, this), 64);
}

void trace_service::start() {
    storing_.spawn_restarting("store spans", [this] { return store(); });
    tasks_.spawn_restarting("remove old traces", [this] { return remove_old(); });
}

core::awaitable<void> trace_service::stop() {
    tasks_.stop();
    co_await tasks_.join();
    co_await storing_.join();
}

core::awaitable<void> trace_service::store() {
    while (!unstored_.empty() || co_await spans_.wait()) {
        if (unstored_.empty()) unstored_ = spans_.take(batches_of_a_commit);
        co_await context_.database.write({}, [this](storage::transaction& transaction) {
            for (const auto& batch : unstored_)
                for (const auto& span : batch.spans) span_store::add(transaction, batch.process, span);
        });
        // Only now: what could not be committed is tried again.
        unstored_.clear();
    }
}

core::awaitable<void> trace_service::remove_old() {
    while (true) {
        co_await remove(context_.runtime.time.now() - settings_.trace_retention, settings_.most_spans);
        co_await context_.runtime.time.sleep_for(between_removals);
    }
}

core::awaitable<void> trace_service::remove(core::timestamp time, std::int64_t most) {
    auto left = co_await context_.database.search(&span_store::count);
    for (bool is_done = false; !is_done;)
        is_done = co_await context_.database.write({}, [&](storage::transaction& transaction) {
            for (std::size_t i = 0; i < removed_at_a_time; ++i) {
                const auto removed =
                    span_store::remove_oldest(transaction, left > most ? std::nullopt : std::optional{time});
                if (!removed) return true;
                left -= *removed;
            }
            return false;
        });
}

core::awaitable<core::result<trace_view>> trace_service::get(get_trace wanted, bus::call) {
    auto found = co_await context_.database.search(
        [&wanted](storage::reader& reader) { return span_store::find(reader, wanted.trace_id); });
    if (!found) co_return core::fail(core::error_kind::not_found, "No span of this trace is kept.");
    co_return std::move(*found);
}

core::awaitable<core::result<trace_page>> trace_service::search(search_traces query, bus::call) {
    std::vector<core::field_error> problems;
    if (query.page < 1 || query.page > 1'000'000) problems.push_back({"page", "must be from 1 to 1000000"});
    if (query.size < 1 || query.size > largest_page) problems.push_back({"size", "must be from 1 to 100"});
    if (query.min_duration && (*query.min_duration < 0 || *query.min_duration > 1'000'000'000'000))
        problems.push_back({"min_duration", "must be from 0 to 1000000000000 ms"});
    if (!problems.empty()) co_return core::invalid(std::move(problems));
    co_return co_await context_.database.search(
        [&query](storage::reader& reader) { return span_store::search(reader, query); });
}

}  // namespace logging
