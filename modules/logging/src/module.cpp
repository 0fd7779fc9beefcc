#include <bus/once.hpp>
#include <core/log.hpp>
#include <core/task_group.hpp>
#include <functional>
#include <logging/messages.hpp>
#include <logging/module.hpp>
#include <utility>

#include "entries.hpp"
#include "limits.hpp"
#include "trace_service.hpp"

namespace logging {
namespace {

constexpr std::int64_t largest_page = 100;
constexpr std::int64_t removed_at_a_time = 1000;

std::vector<core::field_error> problems_of(const record_entry& input) {
    std::vector<core::field_error> problems;
    if (input.name.empty()) problems.push_back({"name", "is required"});
    if (input.name.size() > longest_name) problems.push_back({"name", "must have at most 250 bytes"});
    if (is_too_large(input.data)) problems.push_back({"data", "must have at most 32 KiB"});
    if (input.level && !core::parse_log_level(*input.level))
        problems.push_back({"level", "must be one of DEBUG, INFO, WARNING, ERROR"});
    return problems;
}

std::vector<core::field_error> problems_of(const search_entries& query) {
    std::vector<core::field_error> problems;
    if (query.page < 1 || query.page > 1'000'000) problems.push_back({"page", "must be from 1 to 1000000"});
    if (query.size < 1 || query.size > largest_page) problems.push_back({"size", "must be from 1 to 100"});
    if (query.level && !core::parse_log_level(*query.level))
        problems.push_back({"level", "must be one of DEBUG, INFO, WARNING, ERROR"});
    return problems;
}

}  // namespace

class module::service {
public:
    service(bus::module_context context, settings options)
        : context_{std::move(context)},
          settings_{options},
          entries_{context_.bus.listen<entry_recorded>(options.queue)},
          tasks_{context_.runtime.loop, context_.runtime.time, context_.log},
          traces_{context_, settings_} {
        context_.bus.answer<record_entry>(std::bind_front(&service::record, this));
        context_.bus.answer<search_entries>(std::bind_front(&service::search, this), 64);
    }

    void start() {
        traces_.start();
        storing_.spawn_restarting("store log entries", [this] { return store(); });
        tasks_.spawn_restarting("remove old log entries", [this] { return remove_old(); });
    }

    core::awaitable<void> stop() {
        tasks_.stop();
        co_await tasks_.join();
        co_await storing_.join();
        co_await traces_.stop();
    }

private:
    core::awaitable<void> store() {
        while (!unstored_.empty() || co_await entries_.wait()) {
            if (unstored_.empty()) take_some();
            const auto missed = context_.bus.missed_signals();
            co_await context_.database.write({}, [this, missed](storage::transaction& transaction) {
                for (const auto& entry : unstored_) entries::add(transaction, entry);
                if (missed > noted_as_missed_) entries::add(transaction, lost_entries(transaction.now(), missed));
            });
            // Only now: what could not be committed is tried again.
            unstored_.clear();
            noted_as_missed_ = missed;
        }
    }

    void take_some() {
        unstored_ = entries_.take(settings_.batch);
        for (auto& entry : unstored_)
            if (entry.time == core::timestamp{}) entry.time = context_.runtime.time.now();
    }

    [[nodiscard]] entry_recorded lost_entries(core::timestamp now, std::uint64_t missed) const {
        return {now,
                "WARNING",
                "logging",
                "log entries were lost",
                {{"count", missed - noted_as_missed_}, {"total", missed}},
                ""};
    }

    core::awaitable<void> remove_old() {
        while (true) {
            const auto limit = context_.runtime.time.now() - settings_.retention;
            std::int64_t removed = removed_at_a_time;
            while (removed == removed_at_a_time)
                removed = co_await context_.database.write({}, [limit](storage::transaction& transaction) {
                    return entries::remove_before(transaction, limit, removed_at_a_time);
                });
            co_await context_.runtime.time.sleep_for(std::chrono::hours{1});
        }
    }

    core::awaitable<core::result<bus::done>> record(record_entry input, bus::call call) {
        if (auto problems = problems_of(input); !problems.empty()) co_return core::invalid(std::move(problems));
        const auto level = core::parse_log_level(input.level.value_or("INFO")).value();
        const entry_recorded entry{context_.runtime.time.now(),
                                   std::string{core::to_string(level)},
                                   outside_module,
                                   std::move(input.name),
                                   std::move(input.data),
                                   call.from.trace.trace_id};
        const auto asked = entry.level + '\n' + entry.name + '\n' + entry.data.dump();
        co_return co_await context_.database.write(call.from, [&](storage::transaction& transaction) {
            return bus::once<bus::done>(transaction, call, asked, [&]() -> core::result<bus::done> {
                entries::add(transaction, entry);
                return bus::done{};
            });
        });
    }

    core::awaitable<core::result<log_page>> search(search_entries query, bus::call) {
        if (auto problems = problems_of(query); !problems.empty()) co_return core::invalid(std::move(problems));
        if (query.level) query.level = std::string{core::to_string(core::parse_log_level(*query.level).value())};
        co_return co_await context_.database.search(
            [&query](storage::reader& reader) { return entries::search(reader, query); });
    }

    bus::module_context context_;
    settings settings_;
    bus::endpoint::listener<entry_recorded> entries_;
    std::vector<entry_recorded> unstored_;
    std::uint64_t noted_as_missed_ = 0;
    core::task_group tasks_;  // ended by cancellation
    core::task_group storing_{context_.runtime.loop, context_.runtime.time,
                              context_.log};  // ends when the listener is closed
    trace_service traces_;
};

module::module(bus::module_context context,
               settings settings) :service_{std::make_unique<service>(std::move(context), settings)} {}

module::~module() = default;

void module::start() { service_->start(); }

core::awaitable<void> module::stop() { return service_->stop(); }

}  // namespace logging
