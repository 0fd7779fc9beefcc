#include <bus/amqp/test_points.hpp>
#include <bus/test_points.hpp>
#include <conformance/mortal_life.hpp>

#include "helpers.hpp"
#include "pair.hpp"

// CONFORMANCE L3: a process dies at each of the named places that a switch brings along.
namespace conformance {
namespace {

constexpr int events = 12;

// With events that are not done yet it goes over to the other bus.
core::awaitable<void> switch_and_die(stage& stage, mortal_life& life) {
    traffic traffic;
    cast_traffic(stage);
    stage.start();
    co_await traffic.publish(stage, events);
    life.acknowledge();
    co_await stage.restart_on(rabbitmq_adapter(), ending::killed, [&life] { life.becomes_mortal(); });
    co_await traffic.publish(stage, events);
    life.acknowledge();
    co_await stage.quiet();
    // A place in which one event after another is noted is written down when there is time for it.
    co_await traffic.publish(stage, 1);
    co_await stage.quiet();
}

core::awaitable<void> check_what_is_left(const fixture& fixture, const std::filesystem::path& folder,
                                         last_words words) {
    stage stage{fixture, folder};
    stage.are_failures_seen = false;  // those of the process that died
    cast_traffic(stage);
    stage.start();
    co_await stage.quiet();

    const auto head = stage.database(producer).head();
    EXPECT_GE(head, words.acknowledged * events);
    EXPECT_EQ(stage.effects("h", consumer_1), head);
    EXPECT_EQ(stage.effects("h", consumer_2), head);
    for (const auto& problem : co_await stage.problems()) ADD_FAILURE() << problem;
    co_await stage.close();
}

class L3_crash_points : public contract {};  // NOLINT(readability-identifier-naming): as the sections are named
INSTANTIATE_TEST_SUITE_P(, L3_crash_points, testing::ValuesIn(fixtures()),
                         [](const testing::TestParamInfo<fixture>& info) { return info.param.name(); });

std::vector<std::string_view> points() {
    std::vector<std::string_view> all{bus::replica_test_points.begin(), bus::replica_test_points.end()};
    all.insert(all.end(), bus::amqp::test_points.begin(), bus::amqp::test_points.end());
    return all;
}

void die_and_go_on(const fixture& fixture, const std::shared_ptr<const adapter>& then, place_of_death place) {
    const harness::temporary_folder folder;
    rabbitmq_adapter()->begin_test(folder.path());

    const auto words = let_die(fixture, folder.path(), place, &switch_and_die);

    if (place.time == 1 || words.exit_code != 0) {
        EXPECT_EQ(words.exit_code, died) << "the point was not reached";
    }
    const conformance::fixture next{then, fixture.is_chaotic};
    harness::run([&] { return check_what_is_left(next, folder.path(), words); }, time_limit());
    rabbitmq_adapter()->end_test(folder.path());
}

}  // namespace

TEST_P(L3_crash_points, of_a_switch_are_reached_and_the_next_process_goes_on) {
    for (const auto point : points())
        for (const int time : {1, 4}) {
            SCOPED_TRACE(std::string{point} + ", time " + std::to_string(time));
            die_and_go_on(GetParam(), rabbitmq_adapter(), {point, time});
        }
}

TEST_P(L3_crash_points, of_a_switch_are_reached_and_it_is_taken_back) {
    for (const auto point : points()) {
        SCOPED_TRACE(std::string{point});
        die_and_go_on(GetParam(), GetParam().bus, {point, 1});
    }
}

}  // namespace conformance
