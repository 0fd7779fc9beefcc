#pragma once

#include <sqlite3.h>

#include <array>
#include <bus/message_bus.hpp>
#include <bus/publish.hpp>
#include <filesystem>
#include <fstream>
#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <map>
#include <optional>
#include <storage/database.hpp>
#include <string>
#include <vector>

namespace bus::test {

struct order_placed {
    static constexpr auto message = bus::event("shop.order_placed", 1);
    std::string customer;
    std::int64_t number = 0;
    [[nodiscard]] const std::string& key() const { return customer; }
};
BOOST_DESCRIBE_STRUCT(order_placed, (), (customer, number))

struct order_cancelled {
    static constexpr auto message = bus::event("shop.order_cancelled", 1);
    std::string customer;
    std::int64_t number = 0;
    [[nodiscard]] const std::string& key() const { return customer; }
};
BOOST_DESCRIBE_STRUCT(order_cancelled, (), (customer, number))

struct noise_made {
    static constexpr auto message = bus::event("shop.noise_made", 1);
    std::string what;
    [[nodiscard]] const std::string& key() const { return what; }
};
BOOST_DESCRIBE_STRUCT(noise_made, (), (what))

inline constexpr std::array<core::embedded_file, 1> effects_schema{{
    {"0001_effects.sql",
     "CREATE TABLE effects (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, number INTEGER NOT NULL) STRICT;"},
}};

// A module "shop" that publishes and a module "office" that handles, on one bus. close() and reopen() are a restart of
// the process.
class two_modules {
public:
    explicit two_modules(bool wire_mode = true) : wire_mode_{wire_mode} { open(); }

    void open() {
        shop.emplace(world.runtime, settings_for("shop"));
        office.emplace(world.runtime, settings_for("office"));
        options.wire_mode = wire_mode_;
        options.ring = ring;
        bus.emplace(world.runtime, options);
        shop_door = &bus->attach("shop", &*shop);
        office_door = &bus->attach("office", &*office);
    }

    core::awaitable<void> close() {
        co_await bus->stop(world.clock.monotonic());
        bus.reset();
        shop->stop();
        office->stop();
        co_await harness::settle();
        shop.reset();
        office.reset();
    }

    // What kill -9 does: nothing that runs gets to its end, and the next process finds the files as they were.
    core::awaitable<void> die() {
        std::map<std::filesystem::path, std::string> files;
        for (const auto& file : std::filesystem::directory_iterator{world.folder.path()}) {
            std::ifstream in{file.path(), std::ios::binary};
            files[file.path()] = {std::istreambuf_iterator<char>{in}, {}};
        }
        co_await close();
        for (const auto& [path, content] : files)
            std::ofstream{path, std::ios::binary}.write(content.data(), static_cast<std::streamsize>(content.size()));
        open();
    }

    // As if the process had been killed: for a closed pair.
    void mark_unclean(const std::string& module) {
        sqlite3* connection = nullptr;
        ASSERT_EQ(sqlite3_open((world.folder.path() / (module + ".db")).c_str(), &connection), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(connection, "UPDATE log_state SET closed_clean = 0", nullptr, nullptr, nullptr),
                  SQLITE_OK);
        sqlite3_close(connection);
    }

    template <class... Events>
    core::awaitable<void> publish(Events... events) {
        co_await shop->write({}, [&](storage::transaction& transaction) { (bus::publish(transaction, events), ...); });
    }

    // A handler that notes each order in the table of effects, in the commit of its note.
    core::awaitable<void> note_order(const order_placed& order, delivery& delivery) {
        ++runs[order.number];
        co_await delivery.commit([&order](storage::transaction& transaction) {
            transaction.execute("INSERT INTO effects (customer, number) VALUES (?1, ?2)", order.customer, order.number);
        });
    }

    [[nodiscard]] std::vector<std::int64_t> effects(const std::string& customer) {
        return office->read([&](storage::reader& reader) {
            return reader.query_all<std::int64_t>("SELECT number FROM effects WHERE customer = ?1 ORDER BY id",
                                                  customer);
        });
    }

    [[nodiscard]] std::int64_t count(const std::string& what) {
        return office->read(
            [&](storage::reader& reader) { return reader.query_one<std::int64_t>("SELECT count(*) FROM " + what); });
    }

    core::awaitable<void> quiet() {
        co_await harness::eventually([this] { return bus->is_quiet(); });
    }

    harness::world world;
    std::size_t ring = 1024;
    settings options;
    std::optional<storage::database> shop;
    std::optional<storage::database> office;
    std::optional<message_bus> bus;
    endpoint* shop_door = nullptr;
    endpoint* office_door = nullptr;
    std::map<std::int64_t, int> runs;  // of note_order, by order number

private:
    [[nodiscard]] storage::database_settings settings_for(const std::string& name) const {
        storage::database_settings settings;
        settings.folder = world.folder.path();
        settings.name = name;
        settings.migrations = effects_schema;
        return settings;
    }

    bool wire_mode_;
};

}  // namespace bus::test
