#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <bus/message_bus.hpp>
#include <core/task_group.hpp>
#include <list>

#include "bus_metrics.hpp"
#include "hosted_module.hpp"
#include "local_endpoint.hpp"
#include "request_router.hpp"
#include "requests_handler.hpp"
#include "retention.hpp"
#include "signal_hub.hpp"

namespace bus {
namespace {

std::string name_of_process() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
    return std::string{host.data()} + ":" + std::to_string(::getpid());
}

}  // namespace

struct message_bus::implementation final : transport_host {
    implementation(const core::runtime& shared, settings settings, std::unique_ptr<transport> other_processes)
        : runtime{shared},
          options{std::move(settings)},
          elsewhere{std::move(other_processes)},
          router{shared, options.request_limit},
          signals{shared.loop},
          tasks{shared.loop, shared.time, shared.log_for("bus")},
          stopped{shared.loop, core::steady_timer::time_point::max()},
          metrics{shared.metrics, [this] {
                      std::vector<module_view> views;
                      for (const auto& module : modules) views.push_back(module.view());
                      return views;
                  }} {}

    [[nodiscard]] hosted_module* hosted(std::string_view module) {
        const auto found = std::ranges::find(modules, module, &hosted_module::name);
        return found == modules.end() ? nullptr : &*found;
    }

    endpoint& attach(const std::string& module, storage::database* database) {
        auto& endpoint = endpoints.emplace_back(runtime.traces, router, signals, elsewhere.get(), options.wire_mode,
                                                module, database);
        if (database != nullptr)
            modules.emplace_back(
                runtime, options, endpoint, alone,
                module_surroundings{process, [this, module] { return sent_of(module); }, runtime.logs});
        return endpoint;
    }

    void start() {
        for (auto& endpoint : endpoints)
            if (endpoint.database() != nullptr) add_requests_handler(endpoint);
        for (auto& module : modules)
            module.prepare([this](std::string_view name) { return hosted(name); }, elsewhere != nullptr);
        if (elsewhere)
            elsewhere->start(*this, parts());
        else
            name_requests_without_answer();
        for (auto& module : modules) module.start(tasks, elsewhere.get());
        tasks.spawn_restarting("look after the deliveries", [this] { return look_after(); });
        tasks.spawn_restarting("remove old events", [this] { return remove_old_events(); });
        for (auto& module : modules) {
            for (auto& source : modules)
                tasks.spawn("strike out retired followers",
                            strike_out_others(source.database(), module.name(), module.handlers_that_follow(source)));
            if (!elsewhere)
                tasks.spawn("strike out the sender",
                            strike_out_others(module.database(), std::string{sender_name}, {}));
        }
    }

    // What an operator asks has its answer, and nobody else's: it makes no sense without one.
    static void add_requests_handler(local_endpoint& endpoint) {
        std::vector<std::string> requests;
        const auto operations = endpoint.module() + ".bus.";
        for (const auto& name : endpoint.requests())
            if (!name.starts_with(operations)) requests.push_back(name);
        if (!requests.empty()) endpoint.add(make_requests_handler(endpoint.router(), requests));
    }

    [[nodiscard]] std::vector<hosted_part> parts() const {
        std::vector<hosted_part> parts;
        for (const auto& endpoint : endpoints) {
            std::vector<std::string> asks;
            for (const auto& name : endpoint.asked())
                if (!router.answers(name)) asks.push_back(name);
            parts.push_back({endpoint.module(), endpoint.database(), endpoint.requests(), endpoint.signal_topics(),
                             std::move(asks)});
        }
        return parts;
    }

    void name_requests_without_answer() {
        for (const auto& endpoint : endpoints)
            for (const auto& name : endpoint.asked())
                if (!router.answers(name))
                    runtime.log_for(endpoint.module())
                        .warning("a request has nobody here who answers it", {{"request", name}});
    }

    [[nodiscard]] std::optional<sent_view> sent_of(const std::string& module) const {
        if (!elsewhere) return std::nullopt;
        for (auto& view : elsewhere->sent())
            if (view.module == module) return view;
        return std::nullopt;
    }

    core::awaitable<void> look_after() {
        while (true) {
            for (auto& module : modules) module.tick();
            overload = find_overload();
            co_await runtime.time.sleep_for(std::chrono::seconds{1});
        }
    }

    [[nodiscard]] std::string find_overload() const {
        if (!options.max_age) return {};
        for (const auto& module : modules)
            if (auto reason = module.overload(); !reason.empty()) return reason;
        return {};
    }

    core::awaitable<void> remove_old_events() {
        while (true) {
            co_await runtime.time.sleep_for(
                std::min<std::chrono::milliseconds>(options.retention, std::chrono::hours{1}));
            for (auto& module : modules) co_await module.remove_old_events(runtime.time.now() - options.retention);
        }
    }

    // --- what the transport brings
    core::awaitable<void> take_events(std::string module, std::vector<received_event> events) override {
        return hosted(module)->take(std::move(events));
    }
    core::awaitable<core::result<std::string>> take_request(std::string name, std::string data, call call) override {
        auto answer = co_await router.send(name, {.data = std::move(data)}, std::move(call), core::span_kind::server);
        if (!answer) co_return std::unexpected{std::move(answer.error())};
        co_return answer->json();
    }
    void take_signal(const carried_signal& signal) override { signals.take(signal); }

    // --- the end
    core::awaitable<std::vector<unfinished_event>> stop(core::monotonic_time deadline) {
        if (elsewhere) co_await elsewhere->stop_receiving(deadline);
        tasks.stop();
        co_await tasks.join();
        const auto followers = all_followers();
        for (auto* follower : followers) follower->close();
        std::vector<unfinished_event> unfinished;
        for (auto* follower : followers)
            for (auto& one : co_await follower->drain(deadline)) unfinished.push_back(std::move(one));
        // Told before they are waited for: a handler that does not heed its cancellation may not end at all.
        for (const auto& one : unfinished)
            runtime.log_for(one.module)
                .warning("a handler did not end in time; its event is handled again at the next start",
                         {{"handler", one.handler}, {"event", one.event_id}, {"type", one.type}});
        for (auto* follower : followers) follower->cancel();
        for (auto* follower : followers) co_await follower->join();
        router.close();
        if (elsewhere) co_await elsewhere->stop(deadline);
        signals.close();
        is_stopped = true;
        stopped.cancel();
        co_return unfinished;
    }

    [[nodiscard]] std::vector<follower*> all_followers() {
        std::vector<follower*> all;
        for (auto& module : modules)
            for (auto& follower : module.deliveries().followers()) all.push_back(&follower);
        return all;
    }

    const core::runtime& runtime;
    const settings options;
    const std::string process = name_of_process();
    std::unique_ptr<transport> elsewhere;
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
    bus_metrics metrics;
};

message_bus::message_bus(const core::runtime& runtime, settings settings, std::unique_ptr<transport> transport)
    : implementation_{std::make_unique<implementation>(runtime, std::move(settings), std::move(transport))} {}

message_bus::~message_bus() = default;

endpoint& message_bus::attach(const std::string& module, storage::database* database) {
    return implementation_->attach(module, database);
}

void message_bus::start() { implementation_->start(); }

core::awaitable<std::vector<unfinished_event>> message_bus::stop(core::monotonic_time deadline) {
    auto& bus = *implementation_;
    if (!std::exchange(bus.is_stopping, true)) co_return co_await bus.stop(deadline);
    boost::system::error_code is_over;
    while (!bus.is_stopped) co_await bus.stopped.async_wait(core::asio::redirect_error(core::use_awaitable, is_over));
    co_return std::vector<unfinished_event>{};
}

std::vector<handler_view> message_bus::status() const {
    std::vector<handler_view> all;
    for (const auto& module : implementation_->modules)
        for (const auto& follower : module.deliveries().followers()) all.push_back(follower.view());
    return all;
}

bool message_bus::is_quiet() const {
    return implementation_->router.in_flight() == 0 &&
           std::ranges::all_of(implementation_->modules, &hosted_module::is_quiet) &&
           (!implementation_->elsewhere || implementation_->elsewhere->is_quiet());
}

bool message_bus::is_starting() const {
    return implementation_->elsewhere && implementation_->elsewhere->is_starting();
}

std::vector<std::string> message_bus::lacking() const {
    std::vector<std::string> all;
    if (!implementation_->elsewhere) return all;
    all = implementation_->elsewhere->lacking();
    for (const auto& module : implementation_->modules)
        for (auto& one : module.incomplete()) all.push_back(std::move(one));
    return all;
}

std::optional<std::int64_t> message_bus::sent(const std::string& module) const {
    const auto view = implementation_->sent_of(module);
    return view ? std::optional{view->position} : std::nullopt;
}

const std::string& message_bus::process() const { return implementation_->process; }

std::vector<std::string> message_bus::failing() const {
    auto all = implementation_->tasks.failing();
    for (const auto& module : implementation_->modules)
        for (const auto& follower : module.deliveries().followers())
            for (auto& trouble : follower.failing()) all.push_back(std::move(trouble));
    return all;
}

const std::string& message_bus::overload() const { return implementation_->overload; }

}  // namespace bus
