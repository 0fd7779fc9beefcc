#include "entry_store.hpp"

#include <algorithm>
#include <bus/once.hpp>
#include <core/log.hpp>
#include <utility>

#include "entry_id.hpp"
#include "limits.hpp"

namespace logging {
namespace {

constexpr std::size_t many = 128;

// The index is forgotten by parts, so a part must be a small part of what is kept.
constexpr std::int64_t parts_in_store = 6;

std::vector<core::field_error> problems_of(const record_entry& input) {
    std::vector<core::field_error> problems;
    if (input.name.empty()) problems.push_back({"name", "is required"});
    if (input.name.size() > longest_name) problems.push_back({"name", "must have at most 250 bytes"});
    if (is_too_large(input.data)) problems.push_back({"data", "must have at most 32 KiB"});
    if (input.level && !core::parse_log_level(*input.level))
        problems.push_back({"level", "must be one of DEBUG, INFO, WARNING, ERROR"});
    return problems;
}

}  // namespace

entry_store::entry_store(const bus::module_context& context, const settings& settings, listener stored)
    : context_{context},
      settings_{settings},
      // The words and their index take about half of the file.
      limits_{.bytes = settings.max_size / 2 / parts_in_store,
              .ids = entry_id::ids_in(settings.retention) / parts_in_store},
      stored_{std::move(stored)},
      arrived_{context.bus.listen<entry_recorded>(settings.queue)},
      stopping_{context.runtime.loop},
      lost_{context.runtime.metrics.add_counter("busbar_log_lines_lost_total",
                                                "Lines of the log that were lost, as they came too fast.",
                                                {{"where", "store"}})},
      lines_{context.runtime.metrics.add_gauge("busbar_log_stored_lines", "Entries that the log store has.")},
      bytes_{context.runtime.metrics.add_gauge("busbar_log_stored_bytes", "What its file uses, with the index.")},
      measurement_{context.runtime.metrics, [this] { return measure(); }},
      tasks_{context.runtime.loop, context.runtime.time, context.log} {}

void entry_store::start() {
    tasks_.spawn_restarting("store log entries", [this] { return store(); });
    tasks_.spawn_restarting("index log entries of an older version", [this] { return fill_words(); });
}

core::awaitable<void> entry_store::stop() {
    is_stopping_ = true;
    stopping_.notify();
    co_await tasks_.join();
}

core::awaitable<void> entry_store::store() {
    while (!unstored_.empty() || co_await arrived_.wait()) {
        if (unstored_.empty()) take_some();
        const auto missed = arrived_.missed();
        if (missed > noted_as_missed_) {
            lost_.Increment(static_cast<double>(missed - noted_as_missed_));
            unstored_.push_back(lost_entries(missed));
            noted_as_missed_ = missed;
        }
        const auto stored = co_await context_.database.write(
            {}, [this](storage::transaction& transaction) { return entries::add(transaction, unstored_, limits_); });
        // Only now: what could not be committed is tried again.
        unstored_.clear();
        stored_(stored);
        if (stored.size() >= many && !is_stopping_)
            co_await stopping_.wait_until(context_.runtime.time,
                                          context_.runtime.time.monotonic() + settings_.gathering);
    }
}

// In the order of their times, which is nearly that in which they come: other threads and processes have their own
// pace. Sorted by insertion, since there is next to nothing to do.
void entry_store::take_some() {
    unstored_ = arrived_.take_shared(settings_.batch);
    const auto time_of = [](const auto& entry) { return entry->time; };
    for (auto next = unstored_.begin(); next != unstored_.end(); ++next)
        std::rotate(std::ranges::upper_bound(unstored_.begin(), next, time_of(*next), {}, time_of), next,
                    std::next(next));
}

entries::entry entry_store::lost_entries(std::uint64_t missed) const {
    return std::make_shared<const entry_recorded>(
        context_.runtime.time.now(), "WARNING", "logging", "log entries were lost",
        bus::json_text::of({{"count", missed - noted_as_missed_}, {"total", missed}}), "");
}

core::awaitable<void> entry_store::measure() {
    context_.database.read([this](storage::reader& reader) {
        lines_.Set(static_cast<double>(entries::count(reader)));
        bytes_.Set(static_cast<double>(entries::bytes_in_use(reader)));
    });
    co_return;
}

core::awaitable<void> entry_store::fill_words() {
    while (!is_stopping_ && co_await context_.database.write({}, &entries::fill_words)) {
    }
}

core::awaitable<core::result<bus::done>> entry_store::record(record_entry input, bus::call call) {
    if (auto problems = problems_of(input); !problems.empty()) co_return core::invalid(std::move(problems));
    const auto level = core::parse_log_level(input.level.value_or("INFO")).value();
    const std::vector<entries::entry> entry{std::make_shared<const entry_recorded>(
        core::timestamp{}, std::string{core::to_string(level)}, outside_module, std::move(input.name),
        bus::json_text::of(input.data), call.from.trace.trace_id)};
    const auto& only = *entry.front();
    const auto asked = only.level + '\n' + only.name + '\n' + only.data.text;
    std::vector<entries::stored> stored;
    auto done = co_await context_.database.write(call.from, [&](storage::transaction& transaction) {
        return bus::once<bus::done>(transaction, call, asked, [&]() -> core::result<bus::done> {
            stored = entries::add(transaction, entry, limits_);
            return bus::done{};
        });
    });
    if (done) stored_(stored);
    co_return done;
}

}  // namespace logging
