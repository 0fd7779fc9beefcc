#include <algorithm>
#include <bus/amqp/test_points.hpp>
#include <bus/amqp/transport.hpp>
#include <bus/message_bus.hpp>
#include <bus/test_points.hpp>
#include <conformance/adapter.hpp>
#include <core/task_group.hpp>
#include <harness/co_test.hpp>
#include <ranges>
#include <storage/test_points.hpp>

#include "broker.hpp"
#include "connection.hpp"
#include "event_message.hpp"

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
    settings.replica_room = options.replica_room;
    return settings;
}

// Of the folder's name, which is a test's own.
std::string virtual_host_of(const module_databases& modules) {
    return modules.begin()->second->folder().filename().string();
}

// A program that is not ours, for as long as it takes to publish something.
class outside_client {
public:
    explicit outside_client(const bus::amqp::broker_address& broker)
        : connection_{{broker, "test", std::chrono::seconds{5}, std::chrono::seconds{0}}} {
        connection_.open();
        connection_.sign_in();
        connection_.open_channel(1);
    }
    outside_client(const outside_client&) = delete;
    outside_client& operator=(const outside_client&) = delete;
    ~outside_client() { connection_.close(std::chrono::seconds{5}); }

    void publish(const bus::amqp::wire_message& message) { connection_.publish(1, message, std::nullopt); }

private:
    bus::amqp::connection connection_;
};

class rabbitmq_system final : public running_system {
public:
    rabbitmq_system(const core::runtime& runtime, const options& options, const module_databases& modules)
        : runtime_{runtime} {
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
        // All at once, as processes of their own are.
        std::vector<std::string> ids;
        core::task_group stops{runtime_.loop, runtime_.time, runtime_.log_for("suite")};
        for (auto& [name, process] : processes_) stops.spawn("stop " + name, stop(*process.bus, deadline, ids));
        co_await stops.join();
        co_return ids;
    }
    core::awaitable<void> redeliver() override {
        const auto& database = *processes_.at("producer").database;
        auto rows = processes_.at("producer").database->events_after(0, 10'000);
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
        storage::database* database = nullptr;
        bus::transport* transport = nullptr;
        std::unique_ptr<bus::message_bus> bus{};
        bus::endpoint* door = nullptr;
    };

    // Every handler has read to the end of the log where it was written.
    [[nodiscard]] bool has_all(const process& process) const {
        return std::ranges::all_of(process.bus->status(), [this](const bus::handler_view& view) {
            const auto source = processes_.find(view.source);
            return source == processes_.end() || view.position == source->second.database->head();
        });
    }

    const core::runtime& runtime_;
    bus::amqp::settings settings_;
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
