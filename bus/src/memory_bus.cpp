#include <algorithm>
#include <bus/memory_bus.hpp>
#include <list>
#include <set>
#include <stdexcept>

#include "follower.hpp"
#include "request_router.hpp"
#include "signal_hub.hpp"

namespace bus {

struct memory_bus::implementation {
    class local_endpoint final : public endpoint {
    public:
        local_endpoint(implementation& bus, std::string module, storage::database* database)
            : bus_{bus}, module_{std::move(module)}, database_{database} {}

        void add(event_handler handler) override {
            // Two of one name would share their notes, and each would miss what the other did.
            for (const auto& other : handlers_)
                if (other.name == handler.name) throw std::logic_error{"two handlers are named " + handler.name};
            handlers_.push_back(std::move(handler));
        }
        void add(request_handler handler) override { bus_.router.add(module_, std::move(handler)); }
        [[nodiscard]] std::shared_ptr<core::channel<parcel>> add_listener(std::string_view name,
                                                                          std::size_t capacity) override {
            return bus_.signals.listen(name, capacity, missed_);
        }
        core::awaitable<core::result<parcel>> send(std::string_view name, parcel request, call call) override {
            return bus_.router.send(name, std::move(request), std::move(call));
        }
        void send_signal(std::string_view name, parcel signal) override { bus_.signals.send(name, signal); }
        [[nodiscard]] bool uses_wire_format() const noexcept override { return bus_.options.wire_mode; }
        [[nodiscard]] std::uint64_t missed_signals() const noexcept override { return missed_->load(); }

        [[nodiscard]] const std::string& module() const noexcept { return module_; }
        [[nodiscard]] storage::database* database() const noexcept { return database_; }
        [[nodiscard]] const std::list<event_handler>& handlers() const noexcept { return handlers_; }

    private:
        implementation& bus_;
        std::string module_;
        storage::database* database_;
        std::list<event_handler> handlers_;  // followers keep references
        std::shared_ptr<std::atomic<std::uint64_t>> missed_ = std::make_shared<std::atomic<std::uint64_t>>(0);
    };

    implementation(const core::runtime& shared, settings settings)
        : runtime{shared}, options{std::move(settings)}, router{shared, options.request_limit}, signals{shared.loop} {}

    [[nodiscard]] storage::database* database_of(std::string_view module) {
        for (auto& endpoint : endpoints)
            if (endpoint.module() == module) return endpoint.database();
        return nullptr;
    }

    // A follower for each log that the handler's types come from, as far as their modules run here.
    void follow(local_endpoint& endpoint, const event_handler& handler) {
        std::set<std::string_view> sources;
        for (const auto& subscription : handler.subscriptions) sources.insert(owner_of(subscription.type));
        for (const auto source : sources) {
            auto* log = database_of(source);
            if (log == nullptr) {
                runtime.log_for(endpoint.module())
                    .warning("a handler follows a module that does not run here",
                             {{"handler", handler.name}, {"module", source}});
                continue;
            }
            followers.emplace_back(runtime, options, handler, *endpoint.database(), *log);
            ringers[log].push_back(&followers.back());
        }
    }

    const core::runtime& runtime;
    const settings options;
    request_router router;
    signal_hub signals;
    std::list<local_endpoint> endpoints;
    std::list<follower> followers;
    std::map<storage::database*, std::vector<follower*>> ringers;
};

memory_bus::memory_bus(const core::runtime& runtime, settings settings)
    : implementation_{std::make_unique<implementation>(runtime, std::move(settings))} {}

memory_bus::~memory_bus() = default;

endpoint& memory_bus::attach(const std::string& module, storage::database* database) {
    return implementation_->endpoints.emplace_back(*implementation_, module, database);
}

void memory_bus::start() {
    auto& bus = *implementation_;
    for (auto& endpoint : bus.endpoints)
        for (const auto& handler : endpoint.handlers()) bus.follow(endpoint, handler);
    for (auto& [database, followers] : bus.ringers) {
        database->on_commit([&followers](std::span<const storage::committed_event> events) {
            for (auto* follower : followers) follower->ring(events);
        });
    }
    for (auto& follower : bus.followers) follower.start();
}

core::awaitable<void> memory_bus::stop() {
    auto& bus = *implementation_;
    for (auto& follower : bus.followers) follower.close();
    for (auto& follower : bus.followers) co_await follower.stop();
    bus.router.close();
    bus.signals.close();
}

std::vector<handler_status> memory_bus::status() const {
    std::vector<handler_status> all;
    for (const auto& follower : implementation_->followers) all.push_back(follower.status());
    return all;
}

bool memory_bus::is_quiet() const {
    return implementation_->router.in_flight() == 0 &&
           std::ranges::all_of(implementation_->followers, &follower::is_quiet);
}

std::vector<std::string> memory_bus::failing() const {
    std::vector<std::string> all;
    for (const auto& follower : implementation_->followers)
        for (auto& trouble : follower.failing()) all.push_back(std::move(trouble));
    return all;
}

}  // namespace bus
