#include "hosted_module.hpp"

#include <algorithm>
#include <core/test_point.hpp>
#include <map>

#include "retention.hpp"

namespace bus {

hosted_module::hosted_module(const core::runtime& runtime, const settings& options, local_endpoint& endpoint,
                             one_at_a_time& alone, module_surroundings surroundings)
    : runtime_{runtime},
      options_{options},
      endpoint_{endpoint},
      log_{*endpoint.database()},
      outside_{runtime.traces, *endpoint.database()},
      deliveries_{runtime, options, endpoint, alone},
      operations_{deliveries_, counts_, std::move(surroundings)},
      traces_{runtime, deliveries_} {
    operations_.add_to(endpoint);
    traces_.add_to(endpoint);
}

void hosted_module::prepare(const find_module& hosted, bool has_transport) {
    deliveries_.prepare([&](std::string_view source) { return find_log(source, hosted, has_transport); });
    for (auto& follower : deliveries_.followers()) add_reader(follower, hosted);
    for (auto& replica : replicas_) {
        std::vector<const event_handler*> handlers;
        for (const auto& handler : endpoint_.handlers())
            if (sources_of(handler).contains(replica.name())) handlers.push_back(&handler);
        replica.begin(handlers);
    }
}

followed_log* hosted_module::find_log(std::string_view source, const find_module& hosted, bool has_transport) {
    // What came from outside is done also when there is no outside any more.
    if (source == storage::outside) return has_transport || outside_.head() > 0 ? &outside_ : nullptr;
    if (auto* module = hosted(source)) return &module->log_;
    if (!has_transport || !follows(source)) return nullptr;
    const auto known = std::ranges::find_if(replicas_, [&](const replica& one) { return one.name() == source; });
    if (known != replicas_.end()) return &*known;
    return &replicas_.emplace_back(runtime_, database(), endpoint_, std::string{source}, options_.replica_room);
}

bool hosted_module::follows(std::string_view source) const {
    return std::ranges::any_of(endpoint_.handlers(),
                               [source](const event_handler& handler) { return sources_of(handler).contains(source); });
}

void hosted_module::add_reader(follower& follower, const find_module& hosted) {
    const auto& source = follower.source().name();
    if (source == storage::outside) return outside_.add_reader(follower);
    if (auto* module = hosted(source)) return module->readers_.push_back(&follower);
    std::ranges::find(replicas_, source, &replica::name)->add_reader(follower);
}

void hosted_module::start(core::task_group& tasks, transport* elsewhere) {
    elsewhere_ = elsewhere;
    database().on_commit([this](std::span<const storage::committed_event> events) { ring(events); });
    deliveries_.start();
    tasks.spawn("forget retired handlers", deliveries_.forget_retired());
    tasks.spawn("name unreadable events", deliveries_.name_unreadable());
    for (auto& replica : replicas_)
        tasks.spawn_restarting("keep a copy of " + replica.name() + " for " + name(), [this, &replica] {
            return replica.keep_up([this] { return elsewhere_->is_standby(name()); });
        });
}

void hosted_module::ring(std::span<const storage::committed_event> events) {
    core::test_point("before ring");
    counts_.published += static_cast<std::int64_t>(events.size());
    for (const auto& event : events)
        // With a transport somebody elsewhere may take it.
        if (elsewhere_ == nullptr &&
            std::ranges::none_of(readers_, [&](const follower* one) { return one->takes(event.record->type); }))
            ++counts_.without_handler;
    for (auto* follower : readers_) follower->ring(events);
    if (elsewhere_ != nullptr) elsewhere_->committed(name());
    core::test_point("after ring");
}

core::awaitable<void> hosted_module::take(std::vector<received_event> events) {
    std::map<std::string, std::vector<received_event>> by_log;
    for (auto& event : events) by_log[event.log].push_back(std::move(event));
    for (auto& [log, part] : by_log) {
        if (log == storage::outside) {
            co_await outside_.take(std::move(part));
            continue;
        }
        const auto copy = std::ranges::find(replicas_, log, &replica::name);
        // What a module of this process published is read where it was written.
        if (copy != replicas_.end()) co_await copy->take(std::move(part));
    }
}

void hosted_module::tick() {
    for (auto& follower : deliveries_.followers()) follower.tick();
    for (auto& replica : replicas_) replica.tick();
}

core::awaitable<void> hosted_module::remove_old_events(core::timestamp older_than) {
    co_await forget_old_events(database(), readers_, older_than);
    for (auto& replica : replicas_) co_await replica.forget_old(older_than);
    co_await outside_.forget_old(older_than);
}

std::string hosted_module::overload() const {
    for (const auto& follower : deliveries_.followers()) {
        const auto oldest = follower.oldest_waiting();
        if (oldest && runtime_.time.now() - *oldest > *options_.max_age)
            return "events of " + follower.source().name() + " have waited too long for the handler " +
                   follower.handler().name + " of " + name();
    }
    return {};
}

std::vector<std::string> hosted_module::incomplete() const {
    std::vector<std::string> logs;
    for (const auto& replica : replicas_)
        if (!replica.is_complete())
            logs.push_back("events of " + replica.name() + " did not arrive; " + name() + " waits for them");
    return logs;
}

bool hosted_module::is_quiet() const { return std::ranges::all_of(deliveries_.followers(), &follower::is_quiet); }

std::vector<std::string> hosted_module::handlers_that_follow(const hosted_module& source) const {
    std::vector<std::string> handlers;
    for (const auto& follower : deliveries_.followers())
        if (&follower.source() == &source.log_) handlers.push_back(follower.handler().name);
    return handlers;
}

}  // namespace bus
