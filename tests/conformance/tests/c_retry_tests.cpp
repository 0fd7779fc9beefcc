#include <algorithm>
#include <new>

#include "helpers.hpp"

using namespace std::chrono_literals;

namespace conformance {

CONFORMANCE_AREA(C);  // NOLINT(readability-identifier-naming): as the sections are named

namespace {

// Dead at once, as many as there are.
core::awaitable<void> reject_bad_subjects(const happened& event, bus::delivery&) {
    if (event.subject.starts_with("bad")) throw bus::rejected{"never"};
    co_return;
}

std::string type_of_first_error(const std::vector<bus::dead_letter>& letters, std::int64_t number) {
    for (const auto& letter : letters)
        if (letter.data["number"] == number) return letter.errors.at(0).type;
    return "no letter";
}

// Turns of the loop until everything is handled: work is counted here and not time.
core::awaitable<std::int64_t> starts_until(stage& stage, std::int64_t effects) {
    co_await harness::eventually([&] { return stage.effects() >= effects; });
    co_return stage.starts("h");
}

}  // namespace

CONFORMANCE_TEST(C, C1_a_policy_of_three_attempts_starts_three_times_and_keeps_three_errors, capability::calm) {
    stage.settings.retry = core::retry_schedule{{100ms, 200ms}};
    stage.handle(consumer_1, "h", &fail_always);
    stage.start();

    co_await stage.publish(happened{"k", 1});
    co_await stage.quiet();

    EXPECT_EQ(stage.starts("h"), 3);
    const auto letters = co_await stage.dead(consumer_1);
    CO_ASSERT_TRUE(letters.size() == 1);
    EXPECT_EQ(letters[0].attempts, 3);
    CO_ASSERT_TRUE(letters[0].errors.size() == 3);
    for (const auto& error : letters[0].errors) {
        EXPECT_EQ(error.type, "std::runtime_error");
        EXPECT_EQ(error.text, "boom");
    }
}

CONFORMANCE_TEST(C, C2_pauses_are_as_long_as_the_schedule_and_its_jitter_say, capability::calm) {
    constexpr double jitter = 0.2;
    stage.settings.retry = core::retry_schedule{{100ms, 200ms, 400ms}, jitter};
    std::vector<core::monotonic_time> starts;
    stage.handle(consumer_1, "h", [&](const happened&, bus::delivery&) -> core::awaitable<void> {
        starts.push_back(stage.world.clock.monotonic());
        throw std::runtime_error{"boom"};
        co_return;
    });
    stage.start();
    co_await stage.publish(happened{"k", 1});

    for (std::size_t attempts = 1; attempts <= 3; ++attempts) {
        // Noted down before time goes on.
        co_await harness::eventually([&] {
            return starts.size() == attempts &&
                   stage.count(consumer_1, "parked WHERE attempts = " + std::to_string(attempts)) == 1;
        });
        // The follower, too, must know what its file holds, or time runs before the pause begins.
        co_await stage.idle(consumer_1);
        while (starts.size() == attempts) {
            stage.world.clock.advance(1ms);
            co_await harness::settle();
        }
    }
    co_await stage.quiet();

    CO_ASSERT_TRUE(starts.size() == 4);
    auto nominal = 100ms;
    for (std::size_t i = 1; i < starts.size(); ++i, nominal *= 2) {
        EXPECT_GE(starts[i] - starts[i - 1], nominal);
        EXPECT_LE(starts[i] - starts[i - 1], nominal * (1 + jitter) + 1ms);
    }
}

CONFORMANCE_TEST(C, C3_attempts_are_remembered_over_a_restart, capability::calm) {
    stage.settings.retry = core::retry_schedule{{100ms, 100ms, 100ms, 100ms}};
    stage.handle(consumer_1, "h", &fail_always);
    stage.start();
    co_await stage.publish(happened{"k", 1});
    co_await harness::eventually([&] { return stage.count(consumer_1, "parked WHERE attempts = 1") == 1; });

    co_await stage.restart(ending::clean);
    co_await stage.quiet();

    EXPECT_EQ(stage.starts("h"), 4) << "those that are left";
    EXPECT_EQ((co_await stage.dead(consumer_1)).at(0).attempts, 5);
}

CONFORMANCE_TEST(C, C4_a_handler_that_always_fails_is_no_hot_loop, capability::calm) {
    stage.settings.retry = core::retry_schedule{{1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s}};
    stage.handle(consumer_1, "h", &fail_always);
    stage.start();
    co_await stage.publish(happened{"k", 1});
    co_await harness::eventually([&] { return stage.count(consumer_1, "parked") == 1; });

    for (int i = 0; i < 300; ++i) {
        stage.world.clock.advance(10ms);
        co_await harness::settle();
    }

    EXPECT_LT(stage.starts("h"), 5);
    co_await stage.quiet();
}

// The work that 1,000 good events take is the same beside 500 dead letters and without.
CONFORMANCE_TEST(C, C5_dead_letters_slow_nobody, capability::calm) {
    const int bad = scaled(500);
    const int good = scaled(1'000);
    stage.handle(consumer_1, "h", &reject_bad_subjects);
    stage.start();
    std::vector<happened> events;
    for (int i = 0; i < bad; ++i) events.push_back({"bad " + std::to_string(i), i});
    co_await stage.publish(events);
    co_await stage.quiet();
    EXPECT_EQ((co_await stage.view(consumer_1, "h")).dead, bad);

    co_await stage.publish(events_for(10, good));
    const auto starts = co_await starts_until(stage, good);

    EXPECT_EQ(starts, bad + good) << "no dead letter was touched again";
    expect_order(stage, 10, good);
    co_await stage.quiet();
}

CONFORMANCE_TEST(C, C6_a_dead_letter_that_is_edited_and_replayed_has_one_effect_and_keeps_its_original) {
    bool is_broken = true;
    stage.handle(consumer_1, "h", [&](const happened&, bus::delivery&) -> core::awaitable<void> {
        if (is_broken) throw bus::rejected{"broken"};
        co_return;
    });
    stage.start();
    co_await stage.publish(happened{"k", 1});
    co_await stage.quiet();
    const auto letters = co_await stage.dead(consumer_1);
    CO_ASSERT_TRUE(letters.size() == 1);
    is_broken = false;

    const nlohmann::json edited{{"subject", "k"}, {"number", 10}, {"text", ""}};
    const auto first = co_await stage.ask(consumer_1, bus::retry_dead_letters{{letters[0].id}, edited});
    co_await stage.quiet();
    const auto second = co_await stage.ask(consumer_1, bus::retry_dead_letters{{letters[0].id}, edited});
    co_await stage.quiet();

    EXPECT_EQ(first.value().count, 1);
    EXPECT_EQ(second.error().kind, core::error_kind::not_found);
    EXPECT_EQ(stage.numbers(consumer_1, "h", "k"), (std::vector<std::int64_t>{10}));
    EXPECT_EQ(stage.count(consumer_1,
                          "dead_letter_actions WHERE action = 'edited' AND json_extract(data, '$.number') "
                          "= 1 AND json_extract(edited_data, '$.number') = 10"),
              1);
}

CONFORMANCE_TEST(C, C7_dead_is_not_done_and_retention_leaves_it_alone) {
    stage.settings.retention = 1h;
    stage.handle(consumer_1, "h", &reject_bad_subjects);
    stage.start();
    co_await stage.publish(happened{"bad", 1}, happened{"good", 2});
    co_await stage.quiet();
    co_await stage.publish(happened{"good", 3});
    co_await stage.quiet();
    EXPECT_TRUE((co_await stage.problems()).empty());

    co_await stage.pass_time_until([&] { return stage.database(producer).events_after(0, 1).at(0).sequence == 3; }, 1h);

    const auto letters = co_await stage.dead(consumer_1);
    CO_ASSERT_TRUE(letters.size() == 1);
    EXPECT_EQ(letters[0].data["number"], 1);
    const auto view = co_await stage.view(consumer_1, "h");
    EXPECT_EQ(view.handled, 2);
    EXPECT_EQ(view.dead, 1);
    EXPECT_EQ(view.died, 1);
}

CONFORMANCE_TEST(C, C8_what_is_rejected_dies_at_once_and_other_errors_take_the_schedule, capability::calm) {
    stage.handle(consumer_1, "h", [](const happened& event, bus::delivery& delivery) -> core::awaitable<void> {
        co_await reject_bad_subjects(event, delivery);
        throw std::runtime_error{"boom"};
    });
    stage.start();

    co_await stage.publish(happened{"bad", 1}, happened{"other", 2});
    co_await stage.quiet();

    const auto letters = co_await stage.dead(consumer_1);
    CO_ASSERT_TRUE(letters.size() == 2);
    for (const auto& letter : letters)
        EXPECT_EQ(letter.attempts,
                  letter.key == "bad" ? 1 : static_cast<std::int64_t>(stage.settings.retry.attempts()));
}

CONFORMANCE_TEST(C, C10_whatever_a_handler_throws_is_told_and_the_next_event_runs, capability::calm) {
    stage.handle(consumer_1, "h", [](const happened& event, bus::delivery&) -> core::awaitable<void> {
        if (event.number == 1) throw 42;
        if (event.number == 2) throw std::bad_alloc{};
        if (event.number == 3) throw boost::system::system_error{core::asio::error::operation_aborted};
        co_return;
    });
    stage.start();

    co_await stage.publish(events_for(1, 4));
    co_await stage.quiet();

    const auto letters = co_await stage.dead(consumer_1);
    EXPECT_EQ(type_of_first_error(letters, 1), "unknown");
    EXPECT_EQ(type_of_first_error(letters, 2), "std::bad_alloc");
    EXPECT_EQ(type_of_first_error(letters, 3), "boost::system::system_error");
    EXPECT_EQ(stage.numbers(consumer_1, "h", "k0"), (std::vector<std::int64_t>{4}));
}

CONFORMANCE_TEST(C, C11_a_handler_that_never_ends_has_failed_and_commits_nothing_afterwards, capability::calm) {
    bool was_refused = false;
    stage.equip(consumer_1, [&](bus::endpoint& door) {
        door.on("h").event<happened>([&](const happened& event, bus::delivery& delivery) -> core::awaitable<void> {
            if (event.number == 1 && delivery.attempt() == 1) {
                try {
                    co_await stage.world.clock.sleep_for(24h);
                } catch (const boost::system::system_error&) {
                    was_refused = true;  // and it goes on, as bad handlers do
                }
            }
            co_await stage.note("h", event.subject, event.number, delivery);
        });
    });
    stage.start();

    co_await stage.publish(happened{"k", 1}, happened{"other", 2});
    co_await harness::eventually([&] { return stage.effects() == 1; });
    stage.world.clock.advance(stage.settings.handler_limit + 1s);
    co_await harness::eventually([&] { return stage.count(consumer_1, "parked WHERE attempts = 1") == 1; });
    co_await stage.quiet();

    EXPECT_TRUE(was_refused);
    EXPECT_EQ(stage.count(consumer_1, "effects WHERE number = 1 AND attempt = 2"), 1);
}

}  // namespace conformance
