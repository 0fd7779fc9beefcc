#include <algorithm>
#include <core/log.hpp>
#include <functional>
#include <logging/messages.hpp>
#include <logging/module.hpp>
#include <utility>

#include "entry_search.hpp"
#include "entry_store.hpp"
#include "followers.hpp"
#include "retention.hpp"
#include "trace_service.hpp"

namespace logging {
namespace {

constexpr std::int64_t largest_page = 100;
constexpr std::size_t searches_at_once = 64;
constexpr std::size_t followers_at_once = 64;

// As they are stored, "ERROR,WARNING" of "error, warning"; empty when one of them is none.
std::string read_levels(std::string_view list) {
    std::string levels;
    while (true) {
        auto one = list.substr(0, list.find(','));
        list.remove_prefix(std::min(one.size() + 1, list.size()));
        one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
        one = one.substr(0, one.find_last_not_of(' ') + 1);
        const auto level = core::parse_log_level(one);
        if (!level) return {};
        levels += (levels.empty() ? "" : ",") + std::string{core::to_string(*level)};
        if (list.empty()) return levels;
    }
}

// Of what searches and followers have in common; the levels become those that are stored.
template <class Message>
std::vector<core::field_error> read_filter(Message& query) {
    if (!query.level) return {};
    query.level = read_levels(*query.level);
    if (!query.level->empty()) return {};
    return {{"level", "must be DEBUG, INFO, WARNING, ERROR, or several of them with commas between"}};
}

}  // namespace

class module::service {
public:
    service(bus::module_context context, settings options)
        : context_{std::move(context)},
          settings_{std::move(options)},
          followers_{context_},
          store_{context_, settings_, std::bind_front(&followers::stored, &followers_)},
          retention_{context_, settings_},
          traces_{context_, settings_} {
        context_.bus.answer<record_entry>(std::bind_front(&entry_store::record, &store_));
        context_.bus.answer<search_entries>(std::bind_front(&service::search, this), searches_at_once);
        context_.bus.answer<follow_entries>(std::bind_front(&service::follow, this), followers_at_once);
    }

    void start() {
        store_.start();
        retention_.start();
        traces_.start();
    }

    core::awaitable<void> stop() {
        co_await retention_.stop();
        co_await store_.stop();
        co_await traces_.stop();
    }

private:
    core::awaitable<core::result<log_page>> search(search_entries query, bus::call) {
        auto problems = read_filter(query);
        if (query.page < 1 || query.page > 1'000'000) problems.push_back({"page", "must be from 1 to 1000000"});
        if (query.size < 1 || query.size > largest_page) problems.push_back({"size", "must be from 1 to 100"});
        if (!problems.empty()) co_return core::invalid(std::move(problems));
        co_return co_await context_.database.search(
            [&query](storage::reader& reader) { return entry_search::find(reader, query); });
    }

    core::awaitable<core::result<followed>> follow(follow_entries query, bus::call call) {
        if (auto problems = read_filter(query); !problems.empty()) co_return core::invalid(std::move(problems));
        co_return co_await followers_.follow(std::move(query), std::move(call));
    }

    bus::module_context context_;
    settings settings_;
    followers followers_;
    entry_store store_;
    retention retention_;
    trace_service traces_;
};

module::module(bus::module_context context,
               settings settings) :service_{std::make_unique<service>(std::move(context), std::move(settings))} {}

module::~module() = default;

void module::start() { service_->start(); }

core::awaitable<void> module::stop() { return service_->stop(); }

}  // namespace logging
