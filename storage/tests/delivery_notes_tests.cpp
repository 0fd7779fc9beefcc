#include <storage/delivery_notes.hpp>

#include "fixture.hpp"

namespace storage::test {
namespace {

constexpr std::int64_t epoch = 1;

struct noted {
    std::int64_t position;
    std::vector<std::int64_t> ahead;
    bool operator==(const noted&) const = default;
};

noted progress_of(database& database, const delivery_notes& notes) {
    return database.read([&](reader& reader) {
        const auto progress = notes.progress(reader).value();
        noted all{progress.sequence, {}};
        for (const auto& done : progress.ahead) all.ahead.push_back(done.sequence);
        return all;
    });
}

}  // namespace

CO_TEST(delivery_notes, the_position_closes_over_what_was_done_ahead) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const delivery_notes notes{"handler", "log"};
    co_await database.write({}, [&](transaction& transaction) { notes.move(transaction, epoch, 0); });

    // Events 2, 5 and 9 concern the handler; 5 and 9 are done before 2.
    co_await database.write({}, [&](transaction& transaction) {
        EXPECT_TRUE(notes.mark_done(transaction, epoch, 9, 5));
        EXPECT_TRUE(notes.mark_done(transaction, epoch, 5, 2));
    });
    EXPECT_EQ(progress_of(database, notes), (noted{0, {5, 9}}));
    co_await database.write({},
                            [&](transaction& transaction) { EXPECT_TRUE(notes.mark_done(transaction, epoch, 2, 0)); });

    EXPECT_EQ(progress_of(database, notes), (noted{9, {}}));
}

CO_TEST(delivery_notes, a_gap_stays_open) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const delivery_notes notes{"handler", "log"};
    co_await database.write({}, [&](transaction& transaction) {
        notes.move(transaction, epoch, 0);
        EXPECT_TRUE(notes.mark_done(transaction, epoch, 3, 2));
        EXPECT_TRUE(notes.mark_done(transaction, epoch, 1, 0));
    });

    EXPECT_EQ(progress_of(database, notes), (noted{1, {3}}));
}

CO_TEST(delivery_notes, what_is_done_is_known_for_ever) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const delivery_notes notes{"handler", "log"};
    co_await database.write({}, [&](transaction& transaction) {
        notes.move(transaction, epoch, 0);
        EXPECT_TRUE(notes.mark_done(transaction, epoch, 1, 0));
        EXPECT_FALSE(notes.mark_done(transaction, epoch, 1, 0)) << "below the position";
        EXPECT_TRUE(notes.mark_done(transaction, epoch, 3, 2));
        EXPECT_FALSE(notes.mark_done(transaction, epoch, 3, 2)) << "ahead of it";
    });
    co_return;
}

// The rule whose lack the simulation calls done_without_epoch: a position stands in the epoch of its event.
CO_TEST(delivery_notes, the_position_takes_the_epoch_of_what_it_closed_over) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const delivery_notes notes{"handler", "log"};
    co_await database.write({}, [&](transaction& transaction) {
        notes.move(transaction, 1, 4);
        EXPECT_TRUE(notes.mark_done(transaction, 2, 6, 5));
        EXPECT_TRUE(notes.mark_done(transaction, 2, 7, 6));
        EXPECT_TRUE(notes.mark_done(transaction, 1, 5, 4));
    });

    const auto progress = database.read([&](reader& reader) { return notes.progress(reader).value(); });

    EXPECT_EQ(progress.sequence, 7);
    EXPECT_EQ(progress.epoch, 2);
}

// CONFORMANCE D10.
TEST(handler_progress, goes_back_to_where_its_epoch_ended) {
    handler_progress progress{1, 7, {{1, 9, 8}, {2, 6, 5}, {3, 8, 7}}};
    const std::vector<log_epoch> epochs{{1, 1}, {2, 5}, {3, 8}};

    EXPECT_TRUE(correct(progress, epochs, 20));

    EXPECT_EQ(progress.sequence, 4);
    EXPECT_EQ(progress.epoch, 2);
    ASSERT_EQ(progress.ahead.size(), 2U);
    EXPECT_EQ(progress.ahead[0].sequence, 6);
    EXPECT_EQ(progress.ahead[1].sequence, 8);
    EXPECT_FALSE(correct(progress, epochs, 20)) << "what is right stays";
}

TEST(handler_progress, does_not_reach_beyond_the_log) {
    handler_progress progress{1, 7, {{1, 9, 8}}};

    EXPECT_TRUE(correct(progress, std::vector<log_epoch>{{1, 1}}, 5));

    EXPECT_EQ(progress.sequence, 5);
    EXPECT_TRUE(progress.ahead.empty());
}

CO_TEST(delivery_notes, forgets_what_an_epoch_lost_and_nothing_else) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const delivery_notes notes{"handler", "log"};
    co_await database.write({}, [&](transaction& transaction) {
        notes.move(transaction, 1, 3);
        EXPECT_TRUE(notes.mark_done(transaction, 1, 5, 4));
        EXPECT_TRUE(notes.mark_done(transaction, 1, 8, 7));
        EXPECT_TRUE(notes.mark_done(transaction, 2, 9, 8));
    });
    const std::vector<log_epoch> epochs{{1, 1}, {2, 6}};
    auto progress = database.read([&](reader& reader) { return notes.progress(reader).value(); });
    EXPECT_TRUE(correct(progress, epochs, 20));

    co_await database.write({}, [&](transaction& transaction) { notes.correct(transaction, progress, epochs, 20); });

    EXPECT_EQ(progress_of(database, notes), (noted{3, {5, 9}}));
}

CO_TEST(delivery_notes, after_a_rewind_nothing_behind_the_position_is_done_or_parked) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const delivery_notes notes{"handler", "log"};
    co_await database.write({}, [&](transaction& transaction) {
        notes.move(transaction, 1, 5);
        EXPECT_TRUE(notes.mark_done(transaction, 1, 8, 7));
        for (const std::int64_t sequence : {2, 4}) {
            parked_event parked;
            parked.event.sequence = sequence;
            parked.event.key = std::to_string(sequence);
            notes.park(transaction, parked);
        }
        notes.rewind(transaction, 1, 3);
    });

    EXPECT_EQ(progress_of(database, notes), (noted{3, {}}));
    const auto lines = database.read([&](reader& reader) { return notes.parked_lines(reader); });
    CO_ASSERT_TRUE(lines.size() == 1);
    EXPECT_EQ(lines[0].key, "2");
}

CO_TEST(delivery_notes, parked_events_of_a_key_come_back_in_order) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const delivery_notes notes{"handler", "log"};
    parked_event failed;
    failed.event.sequence = 1;
    failed.event.key = "key";
    failed.event.data = "not json";
    failed.state = parked_state::retrying;
    failed.attempts = 2;
    failed.errors = R"([{"type":"a","text":"boom"},{"type":"process_ended","text":"it died"}])";
    parked_event behind = failed;
    behind.event.sequence = 2;
    behind.state = parked_state::waiting;
    behind.attempts = 0;
    co_await database.write({}, [&](transaction& transaction) {
        failed.id = notes.park(transaction, failed);
        behind.id = notes.park(transaction, behind);
    });
    const auto first = [&] { return database.read([&](reader& reader) { return notes.first_parked(reader, "key"); }); };
    const auto lines = [&] { return database.read([&](reader& reader) { return notes.parked_lines(reader); }); };

    CO_ASSERT_TRUE(lines().size() == 1);
    EXPECT_EQ(lines()[0].attempts, 2);
    EXPECT_TRUE(lines()[0].has_ended_process);
    CO_ASSERT_TRUE(first().has_value());
    EXPECT_EQ(first()->event.data, "not json");
    EXPECT_EQ(first()->errors, failed.errors);

    co_await database.write({}, [&](transaction& transaction) {
        EXPECT_TRUE(notes.unpark(transaction, failed.id));
        EXPECT_FALSE(notes.unpark(transaction, failed.id));
    });
    CO_ASSERT_TRUE(first().has_value());
    EXPECT_EQ(first()->state, parked_state::waiting);

    co_await database.write({}, [&](transaction& transaction) {
        behind.state = parked_state::dead;
        notes.update(transaction, behind);
    });
    EXPECT_FALSE(first().has_value());
    EXPECT_TRUE(lines().empty());
    EXPECT_EQ(database.read([&](reader& reader) { return notes.dead(reader); }), 1);
}

}  // namespace storage::test
