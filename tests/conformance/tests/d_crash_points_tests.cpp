#include <bus/publish.hpp>
#include <conformance/mortal_life.hpp>
#include <core/test_point.hpp>
#include <mutex>

#include "helpers.hpp"

// CONFORMANCE D3: a process dies at each of the named places, and the next one makes everything good.
namespace conformance {
namespace {

constexpr int events = 12;

void cast(stage& stage) {
    stage.handle(consumer_1, "h", [](const happened& event, bus::delivery& delivery) -> core::awaitable<void> {
        if (event.number % 3 == 0 && delivery.attempt() == 1) throw std::runtime_error{"at first"};
        co_return;
    });
}

core::awaitable<void> work(stage& stage, const std::function<void()>& acknowledged) {
    cast(stage);
    stage.start();
    for (int i = 1; i <= events; ++i) {
        co_await stage.write(producer, [i](storage::transaction& transaction) {
            transaction.execute("INSERT INTO business (number) VALUES (?1)", i);
            bus::publish(transaction, happened{"k" + std::to_string(i % 4), i});
        });
        acknowledged();
    }
    co_await stage.quiet();
}

core::awaitable<void> work_until_death(stage& stage, mortal_life& life) {
    life.becomes_mortal();
    co_await work(stage, [&life] { life.acknowledge(); });
}

core::awaitable<void> check_what_is_left(const fixture& fixture, const std::filesystem::path& folder,
                                         last_words words) {
    stage stage{fixture, folder};
    stage.are_failures_seen = false;  // those of the process that died
    cast(stage);
    stage.start();
    co_await stage.quiet();

    EXPECT_GE(stage.database(producer).head(), words.acknowledged);
    EXPECT_EQ(stage.count(producer, "business"), stage.database(producer).head());
    EXPECT_EQ(stage.effects(), stage.database(producer).head());
    for (const auto& problem : co_await stage.problems()) ADD_FAILURE() << problem;
    co_await stage.close();
}

// At the first time there may be nothing yet that could be lost.
std::vector<int> times() { return scaled(10) == 10 ? std::vector{1, 2, 3, 4} : std::vector{1, 4}; }

class crash_points : public contract {};
INSTANTIATE_TEST_SUITE_P(, crash_points, testing::ValuesIn(fixtures()),
                         [](const testing::TestParamInfo<fixture>& info) { return info.param.name(); });

}  // namespace

TEST_P(crash_points, D3_each_is_reached_and_leaves_nothing_lost_and_nothing_doubled) {
    for (const auto point : GetParam().bus->test_points())
        for (const auto time : times()) {
            SCOPED_TRACE(std::string{point} + ", time " + std::to_string(time));
            const harness::temporary_folder folder;
            GetParam().bus->begin_test(folder.path());

            const auto words = let_die(GetParam(), folder.path(), {point, time}, &work_until_death);

            // What is done for many events at once is not reached so often.
            if (time == 1 || words.exit_code != 0) ASSERT_EQ(words.exit_code, died) << "the point was not reached";
            harness::run([&] { return check_what_is_left(GetParam(), folder.path(), words); }, time_limit());
            GetParam().bus->end_test(folder.path());
        }
}

TEST_P(crash_points, D3_all_that_are_reached_are_listed) {
    std::mutex mutex;
    std::set<std::string_view> reached;
    core::test_point_hook() = [&](std::string_view name) {
        const std::lock_guard lock{mutex};
        reached.insert(name);
    };
    harness::run(
        [&]() -> core::awaitable<void> {
            stage stage{GetParam()};
            co_await work(stage, [] {});
            co_await stage.close();
        },
        time_limit());
    core::test_point_hook() = nullptr;

    const auto listed = GetParam().bus->test_points();
    EXPECT_EQ(reached, (std::set<std::string_view>{listed.begin(), listed.end()}));
}

}  // namespace conformance
