#pragma once

#include <bus/operations.hpp>
#include <map>

#include "scripted_bus.hpp"

namespace web::testing {

// What a module would answer to an operator: a log and dead letters that a test fills.
class operated_module {
public:
    operated_module(scripted_bus& bus, std::string name);

    void publish(std::string type, int millisecond) {
        auto& event = log.emplace_back();
        event.sequence = std::ssize(log);
        event.id = name_ + std::to_string(event.sequence);
        event.type = std::move(type);
        event.source = name_;
        event.time = core::timestamp{std::chrono::milliseconds{millisecond}};
    }
    void bury(std::int64_t number, int millisecond) {
        auto& letter = letters.emplace_back();
        letter.id = name_ + "-" + std::to_string(number);
        letter.module = name_;
        letter.last_failed_at = core::timestamp{std::chrono::milliseconds{millisecond}};
    }

    std::string process = "here:1";
    std::optional<std::int64_t> sent;
    std::int64_t in_flight = 0;
    std::vector<std::string> handlers;
    std::vector<bus::event_view> log;
    std::vector<bus::dead_letter> letters;  // newest failure first
    std::vector<bus::retry_dead_letters> retries;
    std::vector<bus::start_replay> replays;

private:
    template <class T>
    using answer = core::awaitable<core::result<T>>;

    answer<bus::module_view> status(bus::get_status, bus::call) {
        bus::module_view view{
            .module = name_, .process = process, .published = std::ssize(log), .sent = sent, .in_flight = in_flight};
        for (const auto& handler : handlers)
            view.handlers.push_back({.module = name_, .handler = handler, .source = "registration", .head = 5});
        co_return view;
    }
    answer<bus::events_view> events(bus::search_events wanted, bus::call) {
        bus::events_view found;
        auto rows = log;
        if (!wanted.after) std::ranges::reverse(rows);
        for (auto& row : rows) {
            const bool fits =
                (!wanted.after || row.sequence > *wanted.after) && (!wanted.before || row.sequence < *wanted.before) &&
                (!wanted.type || row.type == *wanted.type) && (!wanted.since || row.time >= *wanted.since) &&
                (!wanted.until || row.time < *wanted.until);
            if (fits && std::ssize(found.items) < wanted.size) found.items.push_back(row);
        }
        co_return found;
    }
    answer<bus::dead_letters> search(bus::search_dead_letters wanted, bus::call) {
        bus::dead_letters found{.items = {}, .total_count = std::ssize(letters)};
        for (auto i = wanted.offset; i < std::min(wanted.offset + wanted.size, std::ssize(letters)); ++i)
            found.items.push_back(letters[static_cast<std::size_t>(i)]);
        co_return found;
    }
    answer<bus::dead_letter> get(bus::get_dead_letter wanted, bus::call) {
        const auto found = std::ranges::find(letters, wanted.id, &bus::dead_letter::id);
        if (found == letters.end()) co_return core::fail(core::error_kind::not_found, "There is no such dead letter.");
        co_return *found;
    }
    answer<bus::affected> retry(bus::retry_dead_letters wanted, bus::call) {
        for (const auto& id : wanted.ids)
            if (std::ranges::find(letters, id, &bus::dead_letter::id) == letters.end())
                co_return core::fail(core::error_kind::not_found, "There is no such dead letter.");
        retries.push_back(wanted);
        co_return bus::affected{wanted.ids.empty() ? std::ssize(letters) : std::ssize(wanted.ids)};
    }
    answer<bus::done> drop(bus::drop_dead_letter wanted, bus::call) {
        if (std::erase_if(letters, [&](const auto& letter) { return letter.id == wanted.id; }) == 0)
            co_return core::fail(core::error_kind::not_found, "There is no such dead letter.");
        co_return bus::done{};
    }
    answer<bus::replay_started> replay(bus::start_replay wanted, bus::call) {
        replays.push_back(wanted);
        co_return bus::replay_started{.module = name_,
                                      .handler = wanted.handler,
                                      .source = "registration",
                                      .from_sequence = wanted.from_sequence.value_or(1),
                                      .events = 3};
    }

    std::string name_;
};

}  // namespace web::testing
