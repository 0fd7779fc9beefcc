#include "rabbitmq_adapter.hpp"

#include <algorithm>
#include <bus/amqp/test_points.hpp>
#include <bus/amqp/transport.hpp>
#include <bus/message_bus.hpp>
#include <bus/test_points.hpp>
#include <core/task_group.hpp>
#include <harness/co_test.hpp>
#include <ranges>
#include <storage/test_points.hpp>

#include "broker.hpp"
#include "event_message.hpp"
#include "outside_client.hpp"

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
    settings.replica_room = options.replica_room;
    return settings;
}

// Of the folder's name, which is a test's own.
std::string virtual_host_of(const module_databases& modules) {
    return modules.begin()->second->folder().filename().string();
}

class rabbitmq_system final : public running_system {
public:
    rabbitmq_system(const core::runtime& runtime, const options& options, const module_databases& modules,
                    const std::vector<modules_of_a_process>& together)
        : runtime_{runtime}, modules_{modules} {
        auto& settings = settings_;
        settings.broker = broker();
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
            auto& process = processes_[process_of(name, together)];
            if (!process.bus) {
                auto transport = bus::amqp::make_transport(runtime, settings);
                process.transport = transport.get();
                process.bus = std::make_unique<bus::message_bus>(runtime, settings_from(options), std::move(transport));
            }
            doors_[name] = &process.bus->attach(name, database);
        }
    }

    bus::endpoint& door(const std::string& module) override { return *doors_.at(module); }
    void start() override {
        for (auto& [name, process] : processes_) process.bus->start();
        harness::finish(harness::eventually([this] {
            return std::ranges::none_of(processes_, [](const auto& one) { return one.second.bus->is_starting(); });
        }));
    }
    core::awaitable<std::vector<std::string>> stop(core::monotonic_time deadline) override {
        // All at once, as processes of their own are.
        std::vector<std::string> ids;
        core::task_group stops{runtime_.loop, runtime_.time, runtime_.log_for("suite")};
        for (auto& [name, process] : processes_) stops.spawn("stop " + name, stop(*process.bus, deadline, ids));
        co_await stops.join();
        co_return ids;
    }
    core::awaitable<void> redeliver() override {
        auto& database = *modules_.at("producer");
        const auto rows = database.events_after(0, 10'000);
        outside_client client{settings_.broker};
        for (const auto& row : std::views::reverse(rows)) {
            auto message = bus::amqp::message_of("", database.name(), 1, row);
            message.routing_key = "busbar.consumer_1";
            client.publish(message);
        }
        co_return;
    }
    void break_connections() override { close_connections(settings_.broker.virtual_host); }
    core::awaitable<void> send_from_outside(foreign_message wanted) override {
        bus::amqp::wire_message message;
        message.exchange = "busbar.events";
        message.routing_key = wanted.routing_key;
        message.body = std::move(wanted.body);
        message.content_type = std::move(wanted.content_type);
        message.message_id = std::move(wanted.message_id);
        message.reply_to = std::move(wanted.reply_to);
        outside_client{settings_.broker}.publish(message);
        co_return;
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
    static core::awaitable<void> stop(bus::message_bus& bus, core::monotonic_time deadline,
                                      std::vector<std::string>& ids) {
        for (const auto& one : co_await bus.stop(deadline)) ids.push_back(one.event_id);
    }

    struct process {
        bus::transport* transport = nullptr;
        std::unique_ptr<bus::message_bus> bus{};
    };

    // Named after the first of its modules.
    static std::string process_of(const std::string& module, const std::vector<modules_of_a_process>& together) {
        const auto found =
            std::ranges::find_if(together, [&](const modules_of_a_process& one) { return one.contains(module); });
        return found == together.end() ? module : *found->begin();
    }

    // Every handler has read to the end of the log where it was written.
    [[nodiscard]] bool has_all(const process& process) const {
        return std::ranges::all_of(process.bus->status(), [this](const bus::handler_view& view) {
            const auto source = modules_.find(view.source);
            return source == modules_.end() || view.position == source->second->head();
        });
    }

    const core::runtime& runtime_;
    const module_databases modules_;
    bus::amqp::settings settings_;
    std::map<std::string, process> processes_;
    std::map<std::string, bus::endpoint*> doors_;
};

class several_processes final : public adapter {
public:
    explicit several_processes(std::vector<modules_of_a_process> together) : together_{std::move(together)} {}

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
        return std::make_unique<rabbitmq_system>(runtime, options, modules, together_);
    }
    void begin_test(const std::filesystem::path& folder) const override { add_virtual_host(folder.filename()); }
    void end_test(const std::filesystem::path& folder) const override { delete_virtual_host(folder.filename()); }

private:
    std::vector<modules_of_a_process> together_;
};

}  // namespace

std::shared_ptr<const adapter> rabbitmq_adapter(std::vector<modules_of_a_process> together) {
    return std::make_shared<several_processes>(std::move(together));
}

}  // namespace conformance
