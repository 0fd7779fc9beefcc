#include "trace_operations.hpp"

#include <algorithm>
#include <bus/json.hpp>
#include <functional>
#include <iterator>
#include <storage/replica_log.hpp>
#include <storage/traced_rows.hpp>

namespace bus {
namespace {

constexpr std::int64_t rows_of_a_step = 20'000;
constexpr std::size_t most_events = 1'000;
constexpr std::chrono::seconds kept_for_the_answer{2};

traced_event view_of(const std::string& source, storage::event_record row) {
    return {.id = std::move(row.id),
            .type = std::move(row.type),
            .source = source,
            .epoch = row.epoch,
            .sequence = row.sequence,
            .key = std::move(row.key),
            .time = row.time,
            .cause = std::move(row.cause)};
}

bool is_done(const storage::handler_progress& progress, const event_place& place) {
    if (place.sequence <= progress.sequence) return true;
    return std::ranges::any_of(
        progress.ahead, [&](const auto& done) { return done.epoch == place.epoch && done.sequence == place.sequence; });
}

std::string_view name_of(storage::parked_state state) {
    switch (state) {
        case storage::parked_state::waiting:
            return "blocked";
        case storage::parked_state::retrying:
            return "retrying";
        case storage::parked_state::dead:
            return "dead";
    }
    return "blocked";
}

delivery_view state_of(storage::reader& reader, const follower& follower, const event_place& place) {
    const storage::delivery_notes notes{follower.handler().name, place.source};
    delivery_view view{
        .source = place.source, .sequence = place.sequence, .type = place.type, .handler = follower.handler().name};
    if (const auto parked = notes.find_any_parked(reader, place.epoch, place.sequence)) {
        view.state = name_of(parked->state);
        view.attempts = parked->attempts;
        view.errors = from_json_array<delivery_error>(parked->errors);
        if (parked->state == storage::parked_state::retrying) view.next_attempt_at = parked->next_attempt_at;
        return view;
    }
    const auto progress = notes.progress(reader);
    view.state = progress && is_done(*progress, place) ? "done" : "waiting";
    return view;
}

}  // namespace

void trace_operations::add_to(endpoint& door) {
    const auto answer = [&]<class R>(auto handle) {
        door.answer_named<R>(deliveries_.module() + "." + std::string{R::message.name}, std::bind_front(handle, this),
                             16);
    };
    answer.operator()<find_traced_events>(&trace_operations::find);
    answer.operator()<find_deliveries>(&trace_operations::look);
}

core::awaitable<core::result<traced_events>> trace_operations::find(find_traced_events request, call call) {
    traced_events found;
    const auto end = call.deadline - kept_for_the_answer;
    for (const std::string& log : {std::string{}, std::string{storage::outside}}) {
        const storage::traced_rows rows{log};
        const auto& source = log.empty() ? deliveries_.module() : log;
        auto [first, last] = co_await deliveries_.database().search([&](storage::reader& reader) {
            return std::pair{rows.first_sequence(reader), rows.last_sequence(reader)};
        });
        // A step a search, so that nobody waits long for a thread and no snapshot keeps the WAL from being copied.
        while (last > 0 && last >= first) {
            if (found.items.size() >= most_events || runtime_.time.monotonic() > end) {
                found.is_complete = false;
                break;
            }
            const auto after = std::max<std::int64_t>(last - rows_of_a_step, 0);
            auto part = co_await deliveries_.database().search(
                [&](storage::reader& reader) { return rows.find(reader, request.trace_id, after, last); });
            for (auto& row : part) found.items.push_back(view_of(source, std::move(row)));
            last = after;
        }
    }
    std::ranges::sort(found.items, {}, [](const traced_event& one) { return std::tie(one.time, one.sequence); });
    if (found.items.size() > most_events) {
        found.items.resize(most_events);
        found.is_complete = false;
    }
    co_return found;
}

core::awaitable<core::result<deliveries_view>> trace_operations::look(find_deliveries request, call) {
    if (request.events.size() > most_events) co_return core::invalid({{"events", "must be 1000 at most"}});
    co_return co_await deliveries_.database().search([&](storage::reader& reader) {
        deliveries_view found;
        for (const auto& place : request.events)
            for (const auto& follower : deliveries_.followers())
                if (follower.source().name() == place.source && follower.takes(place.type))
                    found.items.push_back(state_of(reader, follower, place));
        return found;
    });
}

}  // namespace bus
