#include <storage/event_log.hpp>

#include "fixture.hpp"

namespace storage::test {
namespace {

using std::chrono::minutes;

// Events 1 to `count`, a minute between each and the next, and of two types in turn.
core::awaitable<void> append_minutely(harness::world& world, database& database, int count) {
    for (int i = 1; i <= count; ++i) {
        world.clock.advance(minutes{1});
        co_await database.write({}, [&](transaction& transaction) {
            event_record record;
            record.type = i % 2 == 0 ? "notes.even" : "notes.odd";
            record.key = std::to_string(i);
            record.data = "{}";
            transaction.append(std::move(record), {});
        });
    }
}

core::timestamp after(core::timestamp start, int count) { return start + minutes{count}; }

core::awaitable<std::int64_t> forget(database& database, std::int64_t up_to, core::timestamp older_than,
                                     std::size_t most) {
    co_return co_await database.write(
        {}, [&](transaction& transaction) { return forget_events(transaction, up_to, older_than, most); });
}

std::vector<std::int64_t> found(database& database, const event_filter& filter) {
    std::vector<std::int64_t> sequences;
    for (const auto& event : database.read([&](reader& reader) { return find_events(reader, filter); }))
        sequences.push_back(event.sequence);
    return sequences;
}

std::int64_t first_of(database& database) {
    return database.read([](reader& reader) { return first_sequence(reader); });
}

}  // namespace

CO_TEST(event_log, forgets_what_everybody_has_read_and_is_old) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const auto start = world.clock.now();
    co_await append_minutely(world, database, 10);

    EXPECT_EQ(co_await forget(database, 8, after(start, 5), 100), 4) << "the fifth is not older than its own time";
    EXPECT_EQ(first_of(database), 5);
    EXPECT_EQ(co_await forget(database, 6, after(start, 100), 100), 2);
    EXPECT_EQ(first_of(database), 7);
    EXPECT_EQ(co_await forget(database, 6, after(start, 100), 100), 0);
}

CO_TEST(event_log, forgets_a_bounded_number_at_a_time) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    co_await append_minutely(world, database, 10);

    EXPECT_EQ(co_await forget(database, 10, world.clock.now(), 3), 3);
    EXPECT_EQ(first_of(database), 4);
    EXPECT_EQ(co_await forget(database, 10, world.clock.now(), 0), 0);
}

// A row with a later time shields what stands behind it: a log is forgotten from its beginning and has no holes.
CO_TEST(event_log, stops_at_the_first_row_that_is_too_young) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const auto start = world.clock.now();
    co_await append_minutely(world, database, 3);
    world.clock.set_wall_clock(after(start, 1000));
    co_await append_minutely(world, database, 1);
    world.clock.set_wall_clock(after(start, 5));
    co_await append_minutely(world, database, 3);

    EXPECT_EQ(co_await forget(database, 100, after(start, 500), 100), 3);
}

// The number of the last row is nowhere else until the log is closed clean.
CO_TEST(event_log, never_forgets_its_last_row) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const auto much_later = world.clock.now() + std::chrono::years{1};
    EXPECT_EQ(co_await forget(database, 100, much_later, 100), 0) << "nothing in an empty one";
    co_await append_minutely(world, database, 5);

    EXPECT_EQ(co_await forget(database, 100, much_later, 100), 4);
    EXPECT_EQ(co_await forget(database, 100, much_later, 100), 0);
    EXPECT_EQ(first_of(database), 5);
    EXPECT_EQ(database.head(), 5);
}

CO_TEST(event_log, finds_one_event_by_its_number) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    EXPECT_EQ(first_of(database), 0);
    co_await append_minutely(world, database, 2);

    const auto second = database.read([](reader& reader) { return event_at(reader, 2); });

    CO_ASSERT_TRUE(second.has_value());
    EXPECT_EQ(second->key, "2");
    EXPECT_EQ(second->type, "notes.even");
    EXPECT_FALSE(database.read([](reader& reader) { return event_at(reader, 3); }));
}

CO_TEST(event_log, finds_where_a_time_begins) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const auto start = world.clock.now();
    const auto since = [&](core::timestamp time) {
        return database.read([&](reader& reader) { return first_sequence_since(reader, time); });
    };
    EXPECT_EQ(since(start), std::nullopt) << "an empty log";
    co_await append_minutely(world, database, 9);
    (void)co_await forget(database, 2, after(start, 100), 100);

    EXPECT_EQ(since(start), 3);
    for (int i = 3; i <= 9; ++i) EXPECT_EQ(since(after(start, i)), i);
    EXPECT_EQ(since(after(start, 4) + std::chrono::milliseconds{1}), 5);
    EXPECT_EQ(since(after(start, 10)), std::nullopt);
}

CO_TEST(event_log, lists_the_newest_first_and_pages_back) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    co_await append_minutely(world, database, 5);

    EXPECT_EQ(found(database, {.most = 2}), (std::vector<std::int64_t>{5, 4}));
    EXPECT_EQ(found(database, {.before = 4, .most = 10}), (std::vector<std::int64_t>{3, 2, 1}));
}

CO_TEST(event_log, lists_the_oldest_first_after_a_number) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    co_await append_minutely(world, database, 5);

    EXPECT_EQ(found(database, {.after = 0, .most = 2}), (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(found(database, {.before = 5, .after = 2}), (std::vector<std::int64_t>{3, 4}));
}

CO_TEST(event_log, lists_by_type_and_time) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const auto start = world.clock.now();
    co_await append_minutely(world, database, 6);

    EXPECT_EQ(found(database, {.type = "notes.even"}), (std::vector<std::int64_t>{6, 4, 2}));
    EXPECT_EQ(found(database, {.since = after(start, 2), .until = after(start, 4)}), (std::vector<std::int64_t>{3, 2}));
    EXPECT_EQ(found(database, {.type = "notes.odd", .since = after(start, 2), .after = 0}),
              (std::vector<std::int64_t>{3, 5}));
    EXPECT_TRUE(found(database, {.type = "notes.none"}).empty());
}

CO_TEST(database, knows_its_folder) {
    harness::world world;
    const database database{world.runtime, settings_in(world)};

    EXPECT_EQ(database.folder(), world.folder.path());
    co_return;
}

}  // namespace storage::test
