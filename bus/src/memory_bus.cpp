#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <bus/memory_bus.hpp>
#include <core/task_group.hpp>
#include <core/test_point.hpp>
#include <list>
#include <map>

#include "local_endpoint.hpp"
#include "module_deliveries.hpp"
#include "module_operations.hpp"
#include "request_router.hpp"
#include "retention.hpp"
#include "signal_hub.hpp"

namespace bus {

struct memory_bus::implementation {
    // What a module with a database has on this bus.
    struct hosted_module {
        hosted_module(implementation& bus, local_endpoint& endpoint)
            : deliveries{bus.runtime, bus.options, endpoint, bus.alone}, operations{deliveries, counts} {
            operations.add_to(endpoint);
        }
        publish_counts counts;
        module_deliveries deliveries;
        module_operations operations;
        std::vector<follower*> readers;  // who follow this module's log
    };

    implementation(const core::runtime& shared, settings settings)
        : runtime{shared},
          options{std::move(settings)},
          router{shared, options.request_limit},
          signals{shared.loop},
          tasks{shared.loop, shared.time, shared.log_for("bus")},
          stopped{shared.loop, core::steady_timer::time_point::max()} {}

    [[nodiscard]] hosted_module* hosted(std::string_view module) {
        const auto found =
            std::ranges::find_if(modules, [&](const hosted_module& one) { return one.deliveries.module() == module; });
        return found == modules.end() ? nullptr : &*found;
    }

    void start() {
        for (auto& module : modules)
            module.deliveries.prepare([this](std::string_view name) {
                auto* source = hosted(name);
                return source == nullptr ? nullptr : &source->deliveries.database();
            });
        name_requests_without_answer();
        for (auto& module : modules)
            for (auto& follower : module.deliveries.followers())
                hosted(follower.source().name())->readers.push_back(&follower);
        for (auto& module : modules)
            module.deliveries.database().on_commit(
                [&module](std::span<const storage::committed_event> events) { ring(module, events); });
        for (auto& module : modules) module.deliveries.start();
        tasks.spawn_restarting("look after the deliveries", [this] { return look_after(); });
        tasks.spawn_restarting("remove old events", [this] { return remove_old_events(); });
        for (auto& module : modules) {
            tasks.spawn("forget retired handlers", module.deliveries.forget_retired());
            for (auto& source : modules)
                tasks.spawn("strike out retired followers",
                            strike_out_others(source.deliveries.database(), module.deliveries.module(),
                                              followers_of(module, source)));
            tasks.spawn("name unreadable events", module.deliveries.name_unreadable());
        }
    }

    static std::vector<std::string> followers_of(hosted_module& module, const hosted_module& source) {
        std::vector<std::string> handlers;
        for (const auto& follower : module.deliveries.followers())
            if (&follower.source() == &source.deliveries.database()) handlers.push_back(follower.handler().name);
        return handlers;
    }

    static void ring(hosted_module& module, std::span<const storage::committed_event> events) {
        core::test_point("before ring");
        module.counts.published += static_cast<std::int64_t>(events.size());
        for (const auto& event : events)
            if (std::ranges::none_of(module.readers,
                                     [&](const follower* one) { return one->takes(event.record->type); }))
                ++module.counts.without_handler;
        for (auto* follower : module.readers) follower->ring(events);
        core::test_point("after ring");
    }

    void name_requests_without_answer() {
        for (const auto& endpoint : endpoints)
            for (const auto& name : endpoint.asked())
                if (!router.answers(name))
                    runtime.log_for(endpoint.module())
                        .warning("a request has nobody here who answers it", {{"request", name}});
    }

    core::awaitable<void> look_after() {
        while (true) {
            for (auto& module : modules)
                for (auto& follower : module.deliveries.followers()) follower.tick();
            overload = find_overload();
            co_await runtime.time.sleep_for(std::chrono::seconds{1});
        }
    }

    [[nodiscard]] std::string find_overload() const {
        if (!options.max_age) return {};
        for (const auto& module : modules)
            for (const auto& follower : module.deliveries.followers()) {
                const auto oldest = follower.oldest_waiting();
                if (oldest && runtime.time.now() - *oldest > *options.max_age)
                    return "events of " + follower.source().name() + " have waited too long for the handler " +
                           follower.handler().name + " of " + module.deliveries.module();
            }
        return {};
    }

    core::awaitable<void> remove_old_events() {
        while (true) {
            co_await runtime.time.sleep_for(
                std::min<std::chrono::milliseconds>(options.retention, std::chrono::hours{1}));
            for (auto& module : modules)
                co_await forget_old_events(module.deliveries.database(), module.readers,
                                           runtime.time.now() - options.retention);
        }
    }

    const core::runtime& runtime;
    const settings options;
    request_router router;
    signal_hub signals;
    one_at_a_time alone;
    std::list<local_endpoint> endpoints;
    std::list<hosted_module> modules;
    std::string overload;
    core::task_group tasks;
    bool is_stopping = false;
    bool is_stopped = false;
    core::steady_timer stopped;  // is never over; its cancellation wakes those who wait for the first stop()
};

memory_bus::memory_bus(const core::runtime& runtime, settings settings)
    : implementation_{std::make_unique<implementation>(runtime, std::move(settings))} {}

memory_bus::~memory_bus() = default;

endpoint& memory_bus::attach(const std::string& module, storage::database* database) {
    auto& bus = *implementation_;
    auto& endpoint = bus.endpoints.emplace_back(bus.router, bus.signals, bus.options.wire_mode, module, database);
    if (database != nullptr) bus.modules.emplace_back(bus, endpoint);
    return endpoint;
}

void memory_bus::start() { implementation_->start(); }

core::awaitable<std::vector<unfinished_event>> memory_bus::stop(core::monotonic_time deadline) {
    auto& bus = *implementation_;
    if (std::exchange(bus.is_stopping, true)) {
        boost::system::error_code is_over;
        while (!bus.is_stopped)
            co_await bus.stopped.async_wait(core::asio::redirect_error(core::use_awaitable, is_over));
        co_return std::vector<unfinished_event>{};
    }
    bus.tasks.stop();
    co_await bus.tasks.join();
    for (auto& module : bus.modules)
        for (auto& follower : module.deliveries.followers()) follower.close();
    std::vector<unfinished_event> unfinished;
    for (auto& module : bus.modules)
        for (auto& follower : module.deliveries.followers())
            for (auto& one : co_await follower.drain(deadline)) unfinished.push_back(std::move(one));
    // Told before they are waited for: a handler that does not heed its cancellation may not end at all.
    for (const auto& one : unfinished)
        bus.runtime.log_for(one.module)
            .warning("a handler did not end in time; its event is handled again at the next start",
                     {{"handler", one.handler}, {"event", one.event_id}, {"type", one.type}});
    for (auto& module : bus.modules)
        for (auto& follower : module.deliveries.followers()) follower.cancel();
    for (auto& module : bus.modules)
        for (auto& follower : module.deliveries.followers()) co_await follower.join();
    bus.router.close();
    bus.signals.close();
    bus.is_stopped = true;
    bus.stopped.cancel();
    co_return unfinished;
}

std::vector<handler_view> memory_bus::status() const {
    std::vector<handler_view> all;
    for (const auto& module : implementation_->modules)
        for (const auto& follower : module.deliveries.followers()) all.push_back(follower.view());
    return all;
}

bool memory_bus::is_quiet() const {
    return implementation_->router.in_flight() == 0 &&
           std::ranges::all_of(implementation_->modules, [](const implementation::hosted_module& module) {
               return std::ranges::all_of(module.deliveries.followers(), &follower::is_quiet);
           });
}

std::vector<std::string> memory_bus::failing() const {
    auto all = implementation_->tasks.failing();
    for (const auto& module : implementation_->modules)
        for (const auto& follower : module.deliveries.followers())
            for (auto& trouble : follower.failing()) all.push_back(std::move(trouble));
    return all;
}

const std::string& memory_bus::overload() const { return implementation_->overload; }

}  // namespace bus
