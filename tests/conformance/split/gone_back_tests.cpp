#include <filesystem>

#include "helpers.hpp"
#include "pair.hpp"

// A switch and a file of the past at once: what D9 asks of a restart.
namespace conformance {

CONFORMANCE_AREA(L_D9);  // NOLINT(readability-identifier-naming): as the sections are named

namespace {

constexpr int keys = 10;

core::awaitable<void> publish_and_wait(stage& stage, int count) {
    co_await stage.publish(events_for(keys, count));
    co_await stage.quiet();
}

// Takes a copy of the module's file; the bus goes on with another `count` events.
core::awaitable<std::filesystem::path> go_on_after_a_copy(stage& stage, const std::string& module, int count) {
    const auto file = stage.file(module);
    const auto copy = stage.folder() / (module + ".copy");
    co_await stage.restart(ending::clean, [&] { std::filesystem::copy_file(file, copy); });
    co_await publish_and_wait(stage, count);
    co_return copy;
}

// The producer had 200 events, which were handled, and has 100 of them now.
core::awaitable<void> switch_with_the_past(stage& stage, const std::shared_ptr<const adapter>& next, int then) {
    stage.handle(consumer_1, "h");
    stage.handle(consumer_2, "h");
    stage.start();
    co_await publish_and_wait(stage, 100);
    const auto copy = co_await go_on_after_a_copy(stage, producer, 100);

    co_await stage.restart_on(next, ending::clean, [&] { std::filesystem::rename(copy, stage.file(producer)); });
    co_await publish_and_wait(stage, then);

    EXPECT_EQ(stage.effects("h", consumer_1), 200 + then);
    EXPECT_EQ(stage.effects("h", consumer_2), 200 + then);
}

}  // namespace

CONFORMANCE_TEST(L_D9, a_source_that_goes_back_at_the_switch_and_publishes_less_than_it_lost) {
    const two_buses buses{stage};
    co_await switch_with_the_past(stage, buses.away(), 50);
}

CONFORMANCE_TEST(L_D9, a_source_that_goes_back_at_the_switch_and_publishes_more_than_it_lost) {
    const two_buses buses{stage};
    co_await switch_with_the_past(stage, buses.away(), 150);
}

CONFORMANCE_TEST(L_D9, a_source_that_goes_back_before_a_module_returns_to_its_old_copy) {
    const two_buses buses{stage};
    stage.handle(consumer_1, "h");
    stage.start();
    co_await stage.restart_on(buses.away(), ending::clean);
    co_await publish_and_wait(stage, 100);
    co_await stage.restart_on(buses.here(), ending::clean);
    const auto copy = co_await go_on_after_a_copy(stage, producer, 100);
    co_await stage.restart(ending::clean, [&] { std::filesystem::rename(copy, stage.file(producer)); });
    co_await publish_and_wait(stage, 60);

    co_await stage.restart_on(buses.away(), ending::clean);
    co_await publish_and_wait(stage, 60);

    EXPECT_EQ(stage.effects(), 320);
    EXPECT_FALSE(stage.has_logged("a log has gone back; its copy goes on from there")) << "it has, but long ago";
}

// Then it is the source that tells of the new epoch first, not an event.
CONFORMANCE_TEST(L_D9, a_source_that_goes_back_at_the_switch_and_sends_nothing_at_first) {
    const two_buses buses{stage};
    stage.handle(consumer_1, "h");
    stage.start();
    co_await publish_and_wait(stage, 100);
    co_await put_the_sender_at_the_end(stage);
    const auto copy = co_await go_on_after_a_copy(stage, producer, 100);

    co_await stage.restart_on(buses.away(), ending::clean,
                              [&] { std::filesystem::rename(copy, stage.file(producer)); });
    co_await stage.pass_time_until(
        [&] { return stage.has_logged("a log has gone back; its handler goes on from there"); });
    co_await publish_and_wait(stage, 50);

    EXPECT_EQ(stage.effects(), 250);
}

CONFORMANCE_TEST(L_D9, a_source_that_has_already_more_than_it_lost_when_it_is_asked) {
    const two_buses buses{stage};
    stage.handle(consumer_1, "h");
    stage.start();
    co_await publish_and_wait(stage, 100);
    const auto copy = co_await go_on_after_a_copy(stage, producer, 100);
    stage.dismiss(consumer_1);
    co_await stage.restart(ending::clean, [&] { std::filesystem::rename(copy, stage.file(producer)); });
    co_await publish_and_wait(stage, 150);
    co_await put_the_sender_at_the_end(stage);

    stage.handle(consumer_1, "h");
    co_await stage.restart_on(buses.away(), ending::clean);
    co_await stage.quiet();

    EXPECT_EQ(stage.effects(), 350);
}

// The copy begins where the slowest handler stands; the other one has done what never happened.
CONFORMANCE_TEST(L_D9, a_source_that_goes_back_behind_the_faster_of_two_handlers, capability::calm) {
    stage.is_waived = true;  // the slower one never sees what was lost
    const two_buses buses{stage};
    bool may_run = false;
    const auto file = stage.file(producer);
    const auto copy = stage.folder() / "producer.copy";
    stage.handle(consumer_1, "slow", wait_for(may_run));
    stage.handle(consumer_1, "fast");
    stage.start();
    co_await stage.publish(events_for(keys, 100));
    co_await harness::eventually([&] { return stage.effects("fast") == 100; });
    co_await stage.restart(ending::clean, [&] { std::filesystem::copy_file(file, copy); });
    co_await stage.publish(events_for(keys, 100));
    co_await harness::eventually([&] { return stage.effects("fast") == 200; });

    co_await stage.restart_on(buses.away(), ending::clean, [&] { std::filesystem::rename(copy, file); });
    may_run = true;
    co_await publish_and_wait(stage, 50);

    EXPECT_EQ(stage.effects("slow"), 150);
    EXPECT_EQ(stage.effects("fast"), 250);
}

CONFORMANCE_TEST(L_D9, a_consumer_whose_file_was_put_back_at_the_switch_gets_what_it_has_forgotten) {
    const two_buses buses{stage};
    stage.handle(consumer_1, "h");
    stage.start();
    co_await publish_and_wait(stage, 100);
    const auto copy = co_await go_on_after_a_copy(stage, consumer_1, 100);

    co_await stage.restart_on(buses.away(), ending::clean,
                              [&] { std::filesystem::rename(copy, stage.file(consumer_1)); });
    co_await publish_and_wait(stage, 10);

    EXPECT_EQ(stage.effects(), 210);
}

CONFORMANCE_TEST(L_D9, a_consumer_whose_file_was_put_back_on_the_way_home_gets_what_it_has_forgotten) {
    const two_buses buses{stage};
    stage.handle(consumer_1, "h");
    stage.start();
    co_await stage.restart_on(buses.away(), ending::clean);
    co_await publish_and_wait(stage, 100);
    const auto copy = co_await go_on_after_a_copy(stage, consumer_1, 100);

    co_await stage.restart_on(buses.here(), ending::clean,
                              [&] { std::filesystem::rename(copy, stage.file(consumer_1)); });
    co_await publish_and_wait(stage, 10);

    EXPECT_EQ(stage.effects(), 210);
}

}  // namespace conformance
