#include <algorithm>
#include <conformance/fixture.hpp>

#include "chaos.hpp"
#include "witness.hpp"

// CONFORMANCE K1, K2 and the effect oracle: what must be true at the end of every test.
namespace conformance {
namespace {

constexpr std::size_t told_at_most = 10;
constexpr std::size_t rows_at_a_time = 1000;

void tell(std::vector<std::string>& found, std::string problem) {
    if (found.size() < told_at_most) found.push_back(std::move(problem));
}

void compare(std::vector<std::string>& found, const std::string& what, std::int64_t bus, std::int64_t oracle) {
    if (bus != oracle)
        tell(found, what + ": the bus says " + std::to_string(bus) + ", the oracle " + std::to_string(oracle));
}

bus::handler_view sum_of(const bus::module_view& module, const std::string& handler) {
    bus::handler_view sum{};
    for (const auto& view : module.handlers) {
        if (view.handler != handler) continue;
        sum.in_flight += view.in_flight;
        sum.parked += view.parked;
        sum.dead += view.dead;
        sum.handled += view.handled;
        sum.failed += view.failed;
        sum.retried += view.retried;
        sum.died += view.died;
        sum.suppressed += view.suppressed;
    }
    return sum;
}

}  // namespace

// Remembered, since retention and a copy that is put back take rows away.
void stage::learn_events() {
    for (const auto& [log, database] : databases_)
        for (auto rows = database->events_after(learnt_[log], rows_at_a_time); !rows.empty();
             rows = database->events_after(learnt_[log], rows_at_a_time))
            for (const auto& row : rows) {
                known_[log].insert_or_assign(row.id, known_event{row.id, row.type, row.sequence});
                learnt_[log] = row.sequence;
            }
}

core::awaitable<std::vector<std::string>> stage::problems() {
    std::vector<std::string> found;
    if (!is_started_) co_return std::vector<std::string>{"the test has left its modules stopped"};
    learn_events();
    for (const auto& [module, database] : databases_) {
        co_await check_events(module, found);
        co_await check_counters(module, found);
    }
    co_return found;
}

core::awaitable<void> stage::check_events(const std::string& module, std::vector<std::string>& found) {
    std::map<std::pair<std::string, std::string>, std::int64_t> outcomes;  // by handler and event
    const auto effects = database(module).read([](storage::reader& reader) {
        return reader.query_all<std::string, std::string>("SELECT handler, event_id FROM effects");
    });
    for (const auto& [handler, event] : effects) ++outcomes[{handler, event}];
    for (const auto& letter : co_await dead(module)) ++outcomes[{letter.handler, letter.event_id}];

    std::int64_t missing = 0;
    for (const auto& [handler, seen] : witness_->all()) {
        if (handler.first != module || ignored_.contains(handler.second)) continue;
        for (const auto& [log, events] : known_)
            for (const auto& [id, event] : events) {
                if (std::ranges::find(seen.types, event.type) == seen.types.end()) continue;
                if (const auto first = first_.find({handler.second, log});
                    first != first_.end() && event.sequence <= first->second)
                    continue;
                const auto outcome = outcomes.find({handler.second, id});
                const auto times = outcome == outcomes.end() ? 0 : outcome->second;
                if (times == 0 && ++missing <= expected_parked) continue;
                if (times != 1)
                    tell(found, module + "." + handler.second + " has " + std::to_string(times) +
                                    " effects or dead letters of event " + std::to_string(event.sequence) + " of " +
                                    log + " (" + id + ")");
            }
    }
    for (const auto& [outcome, times] : outcomes)
        if (std::ranges::none_of(known_, [&](const auto& log) { return log.second.contains(outcome.second); }))
            tell(found,
                 module + "." + outcome.first + " has an effect of " + outcome.second + ", which nobody published");
}

core::awaitable<void> stage::check_counters(const std::string& module, std::vector<std::string>& found) {
    const auto view = co_await status(module);
    compare(found, module + " published", view.published, database(module).head() - heads_at_start_[module]);
    std::int64_t parked = 0;
    for (const auto& [handler, seen] : witness_->all()) {
        if (handler.first != module) continue;
        const auto name = module + "." + handler.second;
        const auto bus = sum_of(view, handler.second);
        parked += bus.parked;
        compare(found, name + " in flight", bus.in_flight, 0);
        compare(found, name + " handled", bus.handled, seen.handled);
        compare(found, name + " retried", bus.retried, seen.retried);
        compare(found, name + " suppressed", bus.suppressed, seen.suppressed);
        // A crash is a failure that nobody saw.
        if (are_failures_seen && !was_killed_) {
            compare(found, name + " failed", bus.failed, seen.failed);
            compare(found, name + " died", bus.died, seen.died);
        } else if (bus.failed < seen.failed || bus.died < seen.died) {
            tell(found, name + " has failed more often than the bus says");
        }
        const auto where = "' AND handler = '" + handler.second + "'";
        compare(found, name + " dead", bus.dead, count(module, "parked WHERE state = 'dead" + where));
        compare(found, name + " parked", bus.parked,
                count(module, "parked WHERE state IN ('waiting', 'retrying') AND '' = '" + where));
    }
    if (module != producer) compare(found, module + " parked at the end", parked, expected_parked);
}

}  // namespace conformance
