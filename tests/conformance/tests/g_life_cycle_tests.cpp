#include <bus/publish.hpp>
#include <core/exit.hpp>
#include <core/task_group.hpp>
#include <storage/data_directory.hpp>
#include <thread>

#include "helpers.hpp"

using namespace std::chrono_literals;

namespace conformance {

CONFORMANCE_AREA(G);  // NOLINT(readability-identifier-naming): as the sections are named

namespace {

core::awaitable<void> open_after_a_while(bool& gate) {
    co_await harness::settle();
    gate = true;
}

core::awaitable<void> stop(stage& stage, int& stopped) {
    (void)co_await stage.system().stop(core::monotonic_time::max());
    ++stopped;
}

std::size_t entries_of(const char* folder) {
    const std::filesystem::directory_iterator all{folder};
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

core::awaitable<void> open_and_close(const fixture& fixture) {
    stage stage{fixture};
    stage.handle(consumer_1, "h");
    stage.start();
    co_await stage.publish(happened{"k", 1});
    co_await stage.quiet();
    EXPECT_EQ(stage.effects(), 1);
    co_await stage.close();
}

std::set<std::string> ids_of(stage& stage, std::int64_t first, std::size_t count) {
    std::set<std::string> ids;
    for (const auto& row : stage.database(producer).events_after(first - 1, count)) ids.insert(row.id);
    return ids;
}

}  // namespace

CONFORMANCE_TEST(G, G1_a_close_lets_what_was_begun_end_and_leaves_the_rest, capability::calm) {
    constexpr std::size_t concurrency = 32;
    const int count = scaled(1'000);
    bool gate = false;
    stage.handle(consumer_1, "h", wait_for(gate), {.concurrency = concurrency});
    stage.start();
    co_await stage.publish(events_for(count, count));
    co_await harness::eventually([&] { return stage.starts("h") == concurrency; });
    // What comes by a broker is taken in first: while that lasts, handlers go on.
    while ((co_await stage.view(consumer_1, "h")).head < count) co_await harness::settle();
    core::task_group tasks{harness::loop(), stage.world.clock, stage.world.runtime.log_for("suite")};

    tasks.spawn("open the gate", open_after_a_while(gate));
    const auto unfinished = co_await stage.system().stop(stage.world.clock.monotonic() + 10s);
    co_await tasks.join();

    EXPECT_TRUE(unfinished.empty());
    EXPECT_EQ(stage.effects(), static_cast<std::int64_t>(concurrency));
    EXPECT_EQ(stage.starts("h"), static_cast<std::int64_t>(concurrency)) << "nothing was begun any more";
    co_await stage.restart(ending::clean);
    co_await stage.quiet();
}

CONFORMANCE_TEST(G, G2_handlers_may_publish_while_everything_closes, capability::calm) {
    bool gate = false;
    stage.equip(consumer_1, [&](bus::endpoint& door) {
        door.on("h").event<happened>([&](const happened& event, bus::delivery& delivery) -> core::awaitable<void> {
            co_await harness::eventually([&gate] { return gate; });
            co_await stage.note("h", event.subject, event.number, delivery, [&](storage::transaction& transaction) {
                bus::publish(transaction, answered{event.subject, event.number});
            });
        });
        door.on("own").event<answered>([&](const answered& event, bus::delivery& delivery) {
            return stage.note("own", event.subject, event.number, delivery);
        });
    });
    stage.start();
    co_await stage.publish(happened{"k", 1});
    co_await harness::eventually([&] { return stage.starts("h") == 1; });
    core::task_group tasks{harness::loop(), stage.world.clock, stage.world.runtime.log_for("suite")};

    tasks.spawn("open the gate", open_after_a_while(gate));
    const auto unfinished = co_await stage.system().stop(stage.world.clock.monotonic() + 10s);
    co_await tasks.join();
    EXPECT_TRUE(unfinished.empty());
    co_await stage.restart(ending::clean);
    co_await stage.quiet();

    EXPECT_EQ(stage.effects("own"), 1);
}

CONFORMANCE_TEST(G, G3_a_deadline_that_is_over_ends_it_and_names_what_did_not_end, capability::calm) {
    bool gate = false;
    stage.handle(consumer_1, "h", wait_for(gate), {.concurrency = 5});
    stage.start();
    co_await stage.publish(events_for(10, 10));
    co_await harness::eventually([&] { return stage.starts("h") == 5; });

    const auto unfinished = co_await stage.system().stop(stage.world.clock.monotonic());

    EXPECT_EQ((std::set<std::string>{unfinished.begin(), unfinished.end()}), ids_of(stage, 1, 5));
    EXPECT_EQ(stage.count(consumer_1, "parked"), 0) << "to be stopped is no failure";
    gate = true;
    co_await stage.restart(ending::clean);
    co_await stage.quiet();
    EXPECT_EQ(stage.count(consumer_1, "effects WHERE attempt = 1"), 10);
}

CONFORMANCE_TEST(G, G4_to_close_twice_at_once_and_because_of_a_handler_is_safe, capability::calm) {
    int stopped = 0;
    core::task_group tasks{harness::loop(), stage.world.clock, stage.world.runtime.log_for("suite")};
    bool is_first = true;
    stage.handle(consumer_1, "h", [&](const happened&, bus::delivery&) -> core::awaitable<void> {
        if (std::exchange(is_first, false))
            for (int i = 0; i < 2; ++i) tasks.spawn("stop", stop(stage, stopped));
        co_return;
    });
    stage.start();

    co_await stage.publish(events_for(1, 10));
    co_await harness::eventually([&] { return stopped == 2; });
    co_await tasks.join();
    co_await stop(stage, stopped);

    EXPECT_EQ(stopped, 3);
    co_await stage.restart(ending::clean);
    co_await stage.quiet();
    EXPECT_EQ(stage.effects(), 10);
}

CONFORMANCE_TEST(G, G5_ten_threads_that_open_and_close_do_not_disturb_each_other) {
    stage.handle(consumer_1, "h");
    stage.start();
    const auto fixture = stage.used_fixture();

    std::vector<std::thread> threads;
    for (int i = 0; i < 10; ++i)
        threads.emplace_back([fixture] { harness::run([fixture] { return open_and_close(fixture); }, time_limit()); });
    for (auto& thread : threads) thread.join();
    co_await stage.publish(events_for(5, 50));
    co_await stage.quiet();

    EXPECT_EQ(stage.effects(), 50);
}

CONFORMANCE_TEST(G, G6_what_is_read_in_many_lives_is_complete_and_nothing_is_doubled) {
    const int count = scaled(5'000);
    const int in_a_life = scaled(1'000);
    stage.handle(consumer_1, "h");
    stage.start();
    co_await stage.publish(events_for(10, count));

    for (int life = 0; life < 20 && stage.effects() < count; ++life) {
        const auto goal = std::min<std::int64_t>(count, stage.effects() + in_a_life);
        co_await stage.pass_time_until([&] { return stage.effects() >= goal; });
        co_await stage.restart(life % 2 == 0 ? ending::clean : ending::killed);
    }
    co_await stage.quiet();

    expect_order(stage, 10, count);
}

// One process is enough: the lock belongs to whoever opened the file.
CONFORMANCE_TEST(G, G7_a_folder_that_is_in_use_is_refused_by_name) {
    stage.is_waived = true;
    const storage::data_directory first{stage.folder()};
    std::string refusal;

    try {
        const storage::data_directory second{stage.folder()};
    } catch (const core::fatal_error& reason) {
        EXPECT_EQ(reason.code(), core::exit_code::directory_held);
        refusal = reason.what();
    }

    EXPECT_TRUE(refusal.contains(stage.folder().string())) << refusal;
    co_return;
}

CONFORMANCE_TEST(G, G8_nothing_is_left_after_a_hundred_lives) {
    stage.is_waived = true;
    const auto fixture = stage.used_fixture();
    co_await open_and_close(fixture);  // what is made once for the process is there then
    const auto threads = entries_of("/proc/self/task");
    const auto files = entries_of("/proc/self/fd");

    for (int i = 0; i < scaled(100); ++i) co_await open_and_close(fixture);

    EXPECT_EQ(entries_of("/proc/self/task"), threads);
    EXPECT_EQ(entries_of("/proc/self/fd"), files);
}

}  // namespace conformance
