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

CO_TEST(delivery_notes, forgets_what_an_epoch_lost_and_nothing_else) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const delivery_notes notes{"handler", "log"};
    co_await database.write({}, [&](transaction& transaction) {
        notes.move(transaction, 1, 3);
        EXPECT_TRUE(notes.mark_done(transaction, 1, 5, 4));
        EXPECT_TRUE(notes.mark_done(transaction, 1, 8, 7));
        EXPECT_TRUE(notes.mark_done(transaction, 2, 9, 8));
        notes.forget_lost(transaction, {2, 6});
    });

    EXPECT_EQ(progress_of(database, notes), (noted{3, {5, 9}}));
}

CO_TEST(delivery_notes, parked_events_come_back_in_order) {
    harness::world world;
    database database{world.runtime, settings_in(world)};
    const delivery_notes notes{"handler", "log"};
    parked_event failed;
    failed.event.sequence = 1;
    failed.event.key = "key";
    failed.event.data = "not json";
    failed.state = parked_state::retrying;
    failed.attempts = 2;
    failed.errors = R"([{"text":"boom"}])";
    parked_event behind = failed;
    behind.event.sequence = 2;
    behind.state = parked_state::waiting;
    behind.attempts = 0;

    co_await database.write({}, [&](transaction& transaction) {
        failed.id = notes.park(transaction, failed);
        behind.id = notes.park(transaction, behind);
    });
    const auto parked = database.read([&](reader& reader) { return notes.parked(reader); });

    CO_ASSERT_TRUE(parked.size() == 2);
    EXPECT_EQ(parked[0].event.sequence, 1);
    EXPECT_EQ(parked[0].event.data, "not json");
    EXPECT_EQ(parked[0].attempts, 2);
    EXPECT_EQ(parked[0].errors, failed.errors);
    EXPECT_EQ(parked[1].state, parked_state::waiting);

    co_await database.write({}, [&](transaction& transaction) {
        EXPECT_TRUE(notes.unpark(transaction, failed.id));
        EXPECT_FALSE(notes.unpark(transaction, failed.id));
        behind.state = parked_state::dead;
        notes.update(transaction, behind);
    });
    EXPECT_TRUE(database.read([&](reader& reader) { return notes.parked(reader); }).empty());
    EXPECT_EQ(database.read([&](reader& reader) { return notes.dead(reader); }), 1);
}

}  // namespace storage::test
