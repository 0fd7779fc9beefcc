#include <algorithm>
#include <atomic>
#include <deque>
#include <storage/deferred_index.hpp>

#include "fixture.hpp"

namespace storage::test {
namespace {

using namespace std::chrono_literals;

// Of notes; what a step does is said by the test, and complete when that has said nothing.
class indexed_notes {
public:
    core::awaitable<void> add(std::string text) {
        co_await database_.write({}, [&](transaction& transaction) { add_note(transaction, text); });
        index.note_change();
    }
    core::awaitable<bool> catch_up() { return index.catch_up(world.clock.monotonic() + 1s); }
    core::awaitable<void> until_steps(int count) {
        return harness::eventually([this, count] { return steps == count; });
    }

    core::awaitable<void> patience_ends() {
        co_await harness::eventually([this] { return world.clock.sleepers() > 0; });
        world.clock.advance(200ms);
    }

    harness::world world;

private:
    database database_{world.runtime, settings_in(world)};

public:
    std::atomic<int> steps = 0;
    std::atomic<std::int64_t> seen = 0;                // notes, by the last step
    std::deque<std::function<index_state()>> to_come;  // not while a step may run
    deferred_index index{world.runtime, database_, world.runtime.log_for("notes"), "words of notes",
                         [this](transaction& transaction) { return step(transaction); }};

private:
    index_state step(transaction& transaction) {
        seen = transaction.query_one<std::int64_t>("SELECT count(*) FROM notes");
        ++steps;
        if (to_come.empty()) return index_state::complete;
        const auto now = std::move(to_come.front());
        to_come.pop_front();
        return now();
    }
};

auto says(index_state state) {
    return [state] { return state; };
}

auto fails(failure kind) {
    return [kind]() -> index_state { throw error{kind, "told to"}; };
}

}  // namespace

CO_TEST(deferred_index, changes_that_are_few_wait_for_others) {
    indexed_notes notes;
    notes.index.start();
    co_await notes.patience_ends();
    co_await notes.until_steps(1);  // what may be left from before

    co_await notes.add("one");
    co_await notes.add("two");
    co_await harness::settle();
    EXPECT_EQ(notes.steps, 1);
    co_await notes.patience_ends();

    co_await notes.until_steps(2);
    EXPECT_EQ(notes.seen, 2);
    notes.world.clock.advance(1h);
    co_await harness::settle();
    EXPECT_EQ(notes.steps, 2) << "nothing has changed since";
    co_await notes.index.stop();
}

CO_TEST(deferred_index, changes_that_are_many_do_not_wait) {
    indexed_notes notes;
    notes.index.start();
    EXPECT_TRUE(co_await notes.catch_up());
    const int before = notes.steps;

    for (int i = 0; i < 400; ++i) notes.index.note_change();

    co_await harness::eventually([&] { return notes.steps > before; });
    co_await notes.index.stop();
}

CO_TEST(deferred_index, who_asks_gets_what_was_noted_before) {
    indexed_notes notes;
    co_await notes.add("one");

    EXPECT_TRUE(co_await notes.catch_up());

    EXPECT_EQ(notes.steps, 1);
    EXPECT_EQ(notes.seen, 1);
    EXPECT_TRUE(co_await notes.catch_up());
    EXPECT_EQ(notes.steps, 1) << "nothing has changed since";
}

CO_TEST(deferred_index, as_many_steps_are_taken_as_it_needs) {
    indexed_notes notes;
    notes.to_come = {says(index_state::incomplete), says(index_state::incomplete)};

    EXPECT_TRUE(co_await notes.catch_up());

    EXPECT_EQ(notes.steps, 3);
}

CO_TEST(deferred_index, who_asks_does_not_wait_for_an_index_beside) {
    indexed_notes notes;
    notes.to_come = {says(index_state::filling), says(index_state::filling)};

    EXPECT_TRUE(co_await notes.catch_up());

    EXPECT_EQ(notes.steps, 1);
    notes.index.start();
    co_await notes.patience_ends();
    co_await notes.until_steps(3);
    co_await notes.index.stop();
}

CO_TEST(deferred_index, says_so_when_the_time_is_over) {
    indexed_notes notes;
    co_await notes.add("one");

    EXPECT_FALSE(co_await notes.index.catch_up(notes.world.clock.monotonic()));
}

CO_TEST(deferred_index, a_full_disk_keeps_nobody_from_searching) {
    indexed_notes notes;
    notes.to_come = {fails(failure::full)};

    EXPECT_TRUE(co_await notes.catch_up());

    EXPECT_TRUE(co_await notes.catch_up());
    EXPECT_EQ(notes.steps, 2) << "it is tried again";
}

CO_TEST(deferred_index, a_step_that_failed_is_taken_again_without_a_change) {
    indexed_notes notes;
    notes.to_come = {fails(failure::full)};
    notes.index.start();
    co_await notes.patience_ends();
    co_await notes.until_steps(1);

    while (notes.steps < 2) {
        notes.world.clock.advance(1s);
        co_await harness::settle();
    }

    co_await notes.index.stop();
}

CO_TEST(deferred_index, who_asks_is_told_when_too_many_write) {
    indexed_notes notes;
    notes.to_come = {fails(failure::overloaded)};

    EXPECT_FALSE(co_await notes.catch_up());
}

CO_TEST(deferred_index, what_is_wrong_with_a_step_is_told) {
    indexed_notes notes;
    notes.to_come = {fails(failure::constraint)};
    std::string told;

    try {
        co_await notes.catch_up();
    } catch (const error& failure) {
        told = failure.what();
    }

    EXPECT_TRUE(told.contains("told to")) << told;
}

CO_TEST(deferred_index, an_index_that_was_damaged_is_made_anew_and_named_in_the_log) {
    indexed_notes notes;
    notes.to_come = {says(index_state::damaged), says(index_state::incomplete)};

    EXPECT_TRUE(co_await notes.catch_up());

    EXPECT_EQ(notes.steps, 3);
    const auto entries = notes.world.log.entries();
    EXPECT_EQ(std::ranges::count_if(entries,
                                    [](const core::log_entry& entry) {
                                        return entry.level == core::log_level::error &&
                                               entry.data == std::vector<core::log_field>{{"index", "words of notes"}};
                                    }),
              1);
}

}  // namespace storage::test
