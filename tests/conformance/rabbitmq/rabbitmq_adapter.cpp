#include <algorithm>
#include <bus/amqp/test_points.hpp>
#include <bus/amqp/transport.hpp>
#include <bus/message_bus.hpp>
#include <bus/test_points.hpp>
#include <conformance/adapter.hpp>
#include <harness/co_test.hpp>
#include <storage/test_points.hpp>

#include "broker.hpp"

// Each module on a bus of its own, as in a process of its own, with nothing but RabbitMQ between them.
namespace conformance {
namespace {

bus::settings settings_from(const options& options) {
    bus::settings settings;
    settings.retry = options.retry;
    settings.handler_limit = options.handler_limit;
    settings.ring = options.ring;
    settings.window = options.window;
    settings.request_limit = options.request_limit;
    settings.retention = options.retention;
    settings.max_age = options.max_age;
    return settings;
}

// Of the folder's name, which is a test's own.
std::string virtual_host_of(const module_databases& modules) {
    return modules.begin()->second->folder().filename().string();
}

class rabbitmq_system final : public running_system {
public:
    rabbitmq_system(const core::runtime& runtime, const options& options, const module_databases& modules) {
        bus::amqp::settings settings{.broker = broker()};
        settings.broker.virtual_host = virtual_host_of(modules);
        // Everyone may listen to everyone.
        std::vector<std::string> names;
        for (const auto& [name, database] : modules) names.push_back(name);
        for (const auto& name : names) {
            auto others = names;
            std::erase(others, name);
            settings.modules.push_back({name, others});
        }
        settings.reconnect = core::doubling(std::chrono::milliseconds{50}, std::chrono::seconds{1});
        for (const auto& [name, database] : modules) {
            auto& process = processes_[name];
            process.database = database;
            auto transport = bus::amqp::make_transport(runtime, settings);
            process.transport = transport.get();
            process.bus = std::make_unique<bus::message_bus>(runtime, settings_from(options), std::move(transport));
            process.door = &process.bus->attach(name, database);
        }
    }

    bus::endpoint& door(const std::string& module) override { return *processes_.at(module).door; }
    void start() override {
        for (auto& [name, process] : processes_) process.bus->start();
        harness::finish(harness::eventually([this] {
            return std::ranges::none_of(processes_, [](const auto& one) { return one.second.bus->is_starting(); });
        }));
    }
    core::awaitable<std::vector<std::string>> stop(core::monotonic_time deadline) override {
        std::vector<std::string> ids;
        for (auto& [name, process] : processes_)
            for (const auto& one : co_await process.bus->stop(deadline)) ids.push_back(one.event_id);
        co_return ids;
    }
    void cut_off() override {
        for (auto& [name, process] : processes_) process.transport->cut_off();
    }
    [[nodiscard]] bool is_quiet() const override {
        return std::ranges::all_of(processes_, [](const auto& one) { return one.second.bus->is_quiet(); }) &&
               std::ranges::all_of(processes_, [this](const auto& one) { return has_all(one.second); });
    }
    [[nodiscard]] std::string overload() const override {
        for (const auto& [name, process] : processes_)
            if (auto reason = process.bus->overload(); !reason.empty()) return reason;
        return {};
    }

private:
    struct process {
        storage::database* database = nullptr;
        bus::transport* transport = nullptr;
        std::unique_ptr<bus::message_bus> bus{};
        bus::endpoint* door = nullptr;
    };

    // Every handler has read to the end of the log where it was written.
    [[nodiscard]] bool has_all(const process& process) const {
        return std::ranges::all_of(process.bus->status(), [this](const bus::handler_view& view) {
            const auto source = processes_.find(view.source);
            return source == processes_.end() || view.position >= source->second.database->head();
        });
    }

    std::map<std::string, process> processes_;
};

class rabbitmq_adapter final : public adapter {
public:
    [[nodiscard]] std::string name() const override { return "rabbitmq"; }
    [[nodiscard]] std::set<capability> capabilities() const override {
        return {capability::calm, capability::connection, capability::redelivery, capability::replica,
                capability::headers};
    }
    [[nodiscard]] std::vector<std::string_view> test_points() const override {
        std::vector<std::string_view> all{storage::test_points.begin(), storage::test_points.end()};
        all.insert(all.end(), bus::test_points.begin(), bus::test_points.end());
        all.insert(all.end(), bus::replica_test_points.begin(), bus::replica_test_points.end());
        all.insert(all.end(), bus::amqp::test_points.begin(), bus::amqp::test_points.end());
        return all;
    }
    [[nodiscard]] std::unique_ptr<running_system> open(const core::runtime& runtime, const options& options,
                                                       const module_databases& modules) const override {
        return std::make_unique<rabbitmq_system>(runtime, options, modules);
    }
    void begin_test(const std::filesystem::path& folder) const override { add_virtual_host(folder.filename()); }
    void end_test(const std::filesystem::path& folder) const override { delete_virtual_host(folder.filename()); }
};

}  // namespace

std::vector<fixture> fixtures() {
    const auto bus = std::make_shared<rabbitmq_adapter>();
    return {{bus, false}, {bus, true}};
}

}  // namespace conformance
