#include <harness/co_test.hpp>
#include <harness/world.hpp>
#include <logging/migrations.hpp>
#include <storage/database.hpp>

#include "entries.hpp"
#include "entry_search.hpp"

namespace logging::test {

// Version 1 had no words, and ids without a time in them.
CO_TEST(log_migration, keeps_entries_of_an_older_version_in_order_and_makes_them_found) {
    harness::world world;
    storage::database_settings settings;
    settings.folder = world.folder.path();
    settings.name = "logging";
    settings.migrations = migrations().first(1);
    {
        storage::database old{world.runtime, settings};
        co_await old.write({}, [](storage::transaction& transaction) {
            const auto add = [&transaction](std::int64_t time, const std::string& name) {
                transaction.execute(
                    "INSERT INTO entries (time, level, module, name, data, trace_id) "
                    "VALUES (?1, 'INFO', 'shop', ?2, '{\"status\":200}', '')",
                    time, name);
            };
            add(2000, "third");
            for (int i = 0; i < 1030; ++i) add(1000, "second");
            add(-5, "first");
        });
        old.stop();
    }

    settings.migrations = migrations();
    storage::database database{world.runtime, settings};
    while (co_await database.write({}, &entries::fill_words)) {
    }
    co_await database.write({}, [](storage::transaction& transaction) {
        const std::vector<entries::entry> one{std::make_shared<const entry_recorded>(core::timestamp{}, "ERROR", "shop",
                                                                                     "new", bus::json_text{"{}"}, "")};
        entries::add(transaction, one, {.bytes = 1000, .ids = 1000});
    });
    const auto all = database.read([](storage::reader& reader) { return entry_search::find(reader, {.size = 100}); });
    const auto found = database.read([](storage::reader& reader) {
        return entry_search::find(reader, {.search = "status:200 -second", .size = 100});
    });
    database.stop();

    EXPECT_EQ(all.total_count, 1033);
    EXPECT_EQ(all.items.at(0).name, "new");
    EXPECT_EQ(all.items.at(1).name, "third");
    CO_ASSERT_TRUE(found.items.size() == 2);
    EXPECT_EQ(found.items[0].name, "third");
    EXPECT_EQ(found.items[0].time.time_since_epoch().count(), 2000);
    EXPECT_EQ(found.items[1].name, "first");
}

}  // namespace logging::test
