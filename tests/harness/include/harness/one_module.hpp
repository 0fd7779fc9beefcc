#pragma once

#include <bus/memory_bus.hpp>
#include <bus/module_context.hpp>
#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace harness {

// What a module needs to run alone: its database in a temporary folder, a bus in wire mode, a clock that stands still.
// Construct the module with context(), then start(); stop() before the end of the test. Inside a CO_TEST only.
class one_module {
public:
    one_module(const std::string& name, std::span<const core::embedded_file> migrations)
        : database{world.runtime, settings_for(name, migrations)},
          bus{world.runtime, wire_mode()},
          module_door_{bus.attach(name, &database)},
          outside{bus.attach("outside", nullptr)},
          name_{name} {}

    [[nodiscard]] bus::module_context context() {
        return {world.runtime, database, module_door_, world.runtime.log_for(name_)};
    }
    void start() { bus.start(); }
    core::awaitable<void> stop() {
        co_await bus.stop(world.clock.monotonic());
        database.stop();
        co_await settle();
    }

    template <bus::request_message R>
    core::awaitable<core::result<bus::answer_of<R>>> request(R message) {
        return outside.request(std::move(message), bus::call{});
    }

    // Every event of this type that the module has published.
    template <bus::event_message E>
    [[nodiscard]] std::vector<E> published() {
        std::vector<E> events;
        for (const auto& record : database.events_after(0, 100'000))
            if (record.type == E::message.name)
                events.push_back(bus::decode<E>(record.data, bus::reading::input).value());
        return events;
    }

    harness::world world;
    storage::database database;
    bus::memory_bus bus;

private:
    [[nodiscard]] storage::database_settings settings_for(const std::string& name,
                                                          std::span<const core::embedded_file> migrations) const {
        storage::database_settings settings;
        settings.folder = world.folder.path();
        settings.name = name;
        settings.migrations = migrations;
        return settings;
    }
    static bus::settings wire_mode() {
        bus::settings settings;
        settings.wire_mode = true;
        return settings;
    }

    bus::endpoint& module_door_;

public:
    bus::endpoint& outside;

private:
    std::string name_;
};

}  // namespace harness
