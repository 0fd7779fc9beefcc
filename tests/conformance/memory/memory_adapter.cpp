#include "memory_adapter.hpp"

#include <bus/message_bus.hpp>
#include <bus/test_points.hpp>
#include <storage/test_points.hpp>

namespace conformance {
namespace {

bus::settings settings_from(const options& options, bool wire_mode) {
    bus::settings settings;
    settings.wire_mode = wire_mode;
    settings.retry = options.retry;
    settings.handler_limit = options.handler_limit;
    settings.ring = options.ring;
    settings.window = options.window;
    settings.request_limit = options.request_limit;
    settings.retention = options.retention;
    settings.max_age = options.max_age;
    return settings;
}

class memory_system final : public running_system {
public:
    memory_system(const core::runtime& runtime, const bus::settings& settings, module_databases modules)
        : bus_{runtime, settings}, modules_{std::move(modules)} {
        for (const auto& [name, database] : modules_) doors_[name] = &bus_.attach(name, database);
    }

    bus::endpoint& door(const std::string& module) override { return *doors_.at(module); }
    void start() override { bus_.start(); }
    core::awaitable<std::vector<std::string>> stop(core::monotonic_time deadline) override {
        std::vector<std::string> ids;
        for (const auto& one : co_await bus_.stop(deadline)) ids.push_back(one.event_id);
        co_return ids;
    }
    [[nodiscard]] bool is_quiet() const override { return bus_.is_quiet(); }
    [[nodiscard]] std::string overload() const override { return bus_.overload(); }
    void lose_ring() override {
        for (const auto& [name, database] : modules_)
            database->on_commit([](std::span<const storage::committed_event>) {});
    }

private:
    bus::message_bus bus_;
    module_databases modules_;
    std::map<std::string, bus::endpoint*> doors_;
};

class one_process final : public adapter {
public:
    explicit one_process(bool wire_mode) : wire_mode_{wire_mode} {}

    [[nodiscard]] std::string name() const override { return wire_mode_ ? "memory_wire" : "memory_object"; }
    [[nodiscard]] std::set<capability> capabilities() const override {
        std::set all{capability::calm, capability::one_process, capability::ring};
        if (!wire_mode_) all.insert(capability::objects);
        return all;
    }
    [[nodiscard]] std::vector<std::string_view> test_points() const override {
        std::vector<std::string_view> all{storage::test_points.begin(), storage::test_points.end()};
        all.insert(all.end(), bus::test_points.begin(), bus::test_points.end());
        return all;
    }
    [[nodiscard]] std::unique_ptr<running_system> open(const core::runtime& runtime, const options& options,
                                                       const module_databases& modules) const override {
        return std::make_unique<memory_system>(runtime, settings_from(options, wire_mode_), modules);
    }

private:
    bool wire_mode_;
};

}  // namespace

std::shared_ptr<const adapter> memory_adapter(bool wire_mode) { return std::make_shared<one_process>(wire_mode); }

}  // namespace conformance
