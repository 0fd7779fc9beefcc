#include <core/task_group.hpp>

#include "helpers.hpp"

using namespace std::chrono_literals;

namespace conformance {

CONFORMANCE_AREA(H);  // NOLINT(readability-identifier-naming): as the sections are named

namespace {

core::awaitable<core::result<sum>> add_up(add input, bus::call) {
    if (input.numbers.empty()) co_return core::invalid({{"numbers", "must not be empty"}});
    sum result;
    for (const auto number : input.numbers) result.total += number;
    co_return result;
}

core::awaitable<void> ask(stage& stage, std::int64_t number, std::map<std::int64_t, core::result<sum>>& answers,
                          bus::call call) {
    auto answer = co_await stage.door(producer).request(add{{number, 1}}, call);
    answers.emplace(number, std::move(answer));
}

template <class Handle>
void answer_add(stage& stage, Handle handle) {
    stage.equip(consumer_1, [handle](bus::endpoint& door) { door.answer<add>(handle); });
}

}  // namespace

CONFORMANCE_TEST(H, H1_a_hundred_requests_at_once_get_each_its_own_typed_answer) {
    answer_add(stage, &add_up);
    stage.start();
    core::task_group tasks{harness::loop(), stage.world.clock, stage.world.runtime.log_for("suite")};
    std::map<std::int64_t, core::result<sum>> answers;

    for (std::int64_t i = 1; i <= 100; ++i) tasks.spawn("ask", ask(stage, i, answers, {}));
    co_await tasks.join();
    const auto refused = co_await stage.door(producer).request(add{}, {});

    EXPECT_EQ(answers.size(), 100U);
    for (const auto& [number, answer] : answers) EXPECT_EQ(answer.value().total, number + 1);
    EXPECT_EQ(refused.error().kind, core::error_kind::invalid);
    EXPECT_EQ(refused.error().fields, (std::vector<core::field_error>{{"numbers", "must not be empty"}}));
}

// At once: no time passes here.
CONFORMANCE_TEST(H, H2_a_request_without_a_handler_says_so_at_once) {
    stage.start();

    const auto answer = co_await stage.door(producer).request(add_further{{1}}, {});

    EXPECT_EQ(answer.error().kind, core::error_kind::no_handler);
}

CONFORMANCE_TEST(H, H3_a_request_ends_with_its_deadline_and_a_late_answer_harms_nobody) {
    answer_add(stage, [&stage](add, bus::call) -> core::awaitable<core::result<sum>> {
        co_await stage.world.clock.sleep_for(1h);
        co_return sum{};
    });
    stage.start();

    const auto answer =
        co_await stage.door(producer).request(add{{1}}, {.deadline = stage.world.clock.monotonic() + 5ms});
    const auto late = co_await stage.door(producer).request(add{{1}}, {.deadline = stage.world.clock.monotonic()});
    stage.world.clock.advance(2h);
    co_await harness::settle();

    EXPECT_EQ(answer.error().kind, core::error_kind::timed_out);
    EXPECT_EQ(late.error().kind, core::error_kind::timed_out);
    co_await stage.quiet();
}

CONFORMANCE_TEST(H, H4_a_handler_that_throws_tells_its_log_everything_and_the_caller_no_more_than_that) {
    answer_add(stage, [](add, bus::call) -> core::awaitable<core::result<sum>> {
        throw std::runtime_error{"secret detail"};
        co_return sum{};
    });
    stage.start();

    const auto answer = co_await stage.door(producer).request(add{{1}}, {});

    EXPECT_EQ(answer.error().kind, core::error_kind::remote);
    EXPECT_FALSE(answer.error().detail.contains("secret"));
    const core::log_field reason{"error", "secret detail"};
    EXPECT_TRUE(std::ranges::any_of(stage.world.log.entries(), [&reason](const core::log_entry& entry) {
        return std::ranges::find(entry.data, reason) != entry.data.end();
    }));
}

CONFORMANCE_TEST(H, H5_a_deadline_is_seen_by_all_who_are_asked_and_only_shrinks) {
    std::vector<core::monotonic_time> seen;
    stage.equip(consumer_1, [&](bus::endpoint& door) {
        door.answer<add>([&](add input, bus::call call) -> core::awaitable<core::result<sum>> {
            seen.push_back(call.deadline);
            call.deadline -= 1s;
            co_return co_await stage.door(consumer_1).request(add_further{input.numbers}, call);
        });
    });
    stage.equip(consumer_2, [&](bus::endpoint& door) {
        door.answer<add_further>([&](add_further input, bus::call call) -> core::awaitable<core::result<sum>> {
            seen.push_back(call.deadline);
            co_return sum{static_cast<std::int64_t>(input.numbers.size())};
        });
    });
    stage.start();
    const auto deadline = stage.world.clock.monotonic() + 10s;

    const auto answer = co_await stage.door(producer).request(add{{1, 2}}, {.deadline = deadline});
    (void)co_await stage.door(producer).request(add{{1}}, {});

    EXPECT_EQ(answer.value().total, 2);
    CO_ASSERT_TRUE(seen.size() == 4);
    EXPECT_LE(seen[0], deadline);
    EXPECT_LE(seen[1], deadline - 1s);
    EXPECT_LE(seen[2], stage.world.clock.monotonic() + stage.settings.request_limit) << "never without one";
}

CONFORMANCE_TEST(H, H6_a_caller_that_is_gone_harms_nobody) {
    bool gate = false;
    int begun = 0;
    answer_add(stage, [&](add, bus::call) -> core::awaitable<core::result<sum>> {
        ++begun;
        co_await harness::eventually([&gate] { return gate; });
        co_return sum{};
    });
    stage.start();
    core::task_group tasks{harness::loop(), stage.world.clock, stage.world.runtime.log_for("suite")};
    std::map<std::int64_t, core::result<sum>> answers;
    tasks.spawn("ask", ask(stage, 1, answers, {}));
    co_await harness::eventually([&] { return begun == 1; });

    tasks.stop();
    gate = true;
    co_await tasks.join();
    co_await stage.quiet();

    EXPECT_TRUE((co_await stage.door(producer).request(add{{1}}, {})).has_value());
}

CONFORMANCE_TEST(H, H7_no_request_is_sent_again_after_the_loss_of_a_connection, capability::connection,
                 capability::calm) {
    int asked = 0;
    bool gate = false;
    answer_add(stage, [&](add input, bus::call) -> core::awaitable<core::result<sum>> {
        if (input.numbers.at(0) == 1) ++asked;
        co_await harness::eventually([&] { return gate; });
        co_return sum{1};
    });
    stage.start();
    core::task_group tasks{harness::loop(), stage.world.clock, stage.world.runtime.log_for("suite")};
    std::map<std::int64_t, core::result<sum>> answers;
    tasks.spawn("ask", ask(stage, 1, answers, {}));
    co_await harness::eventually([&] { return asked == 1; });

    stage.system().break_connections();
    co_await harness::eventually([&] { return !answers.empty(); });
    gate = true;
    co_await tasks.join();
    // When another answer has come, nothing of the first can be under way any more.
    // The answer to one that is sent while connections break may be lost: it is asked anew after a second.
    const bus::call soon{.deadline = stage.world.clock.monotonic() + 1s};
    while (!(co_await stage.door(producer).request(add{{2}}, soon))) co_await harness::settle();

    EXPECT_EQ(answers.at(1).error().kind, core::error_kind::timed_out);
    EXPECT_EQ(asked, 1);
}

CONFORMANCE_TEST(H, H7_a_request_that_does_no_harm_is_sent_again_after_the_loss_of_a_connection, capability::connection,
                 capability::calm) {
    int asked = 0;
    bool gate = false;
    stage.equip(consumer_1, [&](bus::endpoint& door) {
        door.answer<look>([&](look, bus::call) -> core::awaitable<core::result<sum>> {
            ++asked;
            co_await harness::eventually([&] { return gate; });
            co_return sum{7};
        });
    });
    stage.start();
    core::task_group tasks{harness::loop(), stage.world.clock, stage.world.runtime.log_for("suite")};
    std::optional<core::result<sum>> answer;
    tasks.spawn("ask", [](conformance::stage& on, std::optional<core::result<sum>>& to) -> core::awaitable<void> {
        to = co_await on.door(producer).request(look{}, {});
    }(stage, answer));
    co_await harness::eventually([&] { return asked == 1; });

    stage.system().break_connections();
    co_await harness::eventually([&] { return asked >= 2; });
    gate = true;
    co_await tasks.join();

    CO_ASSERT_TRUE(answer && answer->has_value());
    EXPECT_EQ((*answer)->total, 7);
}

CONFORMANCE_TEST(H, H8_answers_come_as_they_are_ready_and_not_as_they_were_asked_for) {
    int asked = 0;
    answer_add(stage, [&stage, &asked](add input, bus::call) -> core::awaitable<core::result<sum>> {
        ++asked;
        co_await stage.world.clock.sleep_for(std::chrono::seconds{10 - input.numbers.at(0)});
        co_return sum{input.numbers.at(0)};
    });
    stage.start();
    core::task_group tasks{harness::loop(), stage.world.clock, stage.world.runtime.log_for("suite")};
    std::map<std::int64_t, core::result<sum>> answers;
    for (std::int64_t i = 1; i <= 5; ++i) tasks.spawn("ask", ask(stage, i, answers, {}));
    co_await harness::eventually([&] { return asked == 5; });

    for (std::size_t answered = 1; answered <= 5; ++answered) {
        stage.world.clock.advance(answered == 1 ? 5s : 1s);
        co_await harness::eventually([&] { return answers.size() == answered; });
        EXPECT_EQ(answers.begin()->first, static_cast<std::int64_t>(6 - answered));
    }
    co_await tasks.join();
}

}  // namespace conformance
