#include <core/task_group.hpp>
#include <stdexcept>

#include "fixture.hpp"

using namespace std::chrono_literals;

namespace bus::test {

struct sum {
    std::int64_t total = 0;
};
BOOST_DESCRIBE_STRUCT(sum, (), (total))

struct add_numbers {
    static constexpr auto message = bus::request<sum>("office.add", 1);
    std::vector<std::int64_t> numbers;
};
BOOST_DESCRIBE_STRUCT(add_numbers, (), (numbers))

struct ping {
    static constexpr auto message = bus::signal("shop.ping", 1);
    std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(ping, (), (number))

namespace {

core::awaitable<core::result<sum>> add(add_numbers input, call) {
    if (input.numbers.empty()) co_return core::invalid({{"numbers", "must not be empty"}});
    sum result;
    for (const auto number : input.numbers) result.total += number;
    co_return result;
}

core::awaitable<core::result<sum>> break_down(add_numbers, call) {
    throw std::runtime_error{"secret detail"};
    co_return sum{};
}

core::awaitable<void> ask(endpoint& door, std::vector<core::result<sum>>& answers, call call) {
    answers.push_back(co_await door.request(add_numbers{{1}}, call));
}

}  // namespace

CO_TEST(requests, are_answered_by_their_one_handler) {
    for (const bool wire_mode : {true, false}) {
        two_modules modules{wire_mode};
        modules.office_door->answer<add_numbers>(&add);
        modules.bus->start();

        EXPECT_EQ((co_await modules.shop_door->request(add_numbers{{1, 2, 3}}, {})).value().total, 6);
        const auto refused = co_await modules.shop_door->request(add_numbers{}, {});
        CO_ASSERT_TRUE(!refused);
        EXPECT_EQ(refused.error().kind, core::error_kind::invalid);
        EXPECT_EQ(refused.error().fields, (std::vector<core::field_error>{{"numbers", "must not be empty"}}));
        co_await modules.close();
    }
}

CO_TEST(requests, without_a_handler_say_so_at_once) {
    two_modules modules;
    modules.bus->start();

    const auto answer = co_await modules.shop_door->request(add_numbers{{1}}, {});

    EXPECT_EQ(answer.error().kind, core::error_kind::no_handler);
    co_await modules.close();
}

CO_TEST(requests, that_break_tell_the_log_and_not_the_caller) {
    two_modules modules;
    modules.office_door->answer<add_numbers>(&break_down);
    modules.bus->start();
    const call call{.from = {core::trace_context::start(), ""}};

    const auto answer = co_await modules.shop_door->request(add_numbers{{1}}, call);

    EXPECT_EQ(answer.error().kind, core::error_kind::remote);
    EXPECT_FALSE(answer.error().detail.contains("secret"));
    const auto entries = modules.world.log.entries();
    CO_ASSERT_TRUE(!entries.empty());
    EXPECT_EQ(entries.back().data[1], (core::log_field{"error", "secret detail"}));
    EXPECT_EQ(entries.back().trace_id, call.from.trace.trace_id);
    co_await modules.close();
}

CO_TEST(requests, end_with_their_deadline) {
    two_modules modules;
    modules.office_door->answer<add_numbers>([&modules](add_numbers, call) -> core::awaitable<core::result<sum>> {
        co_await modules.world.clock.sleep_for(1h);
        co_return sum{};
    });
    modules.bus->start();
    co_await harness::settle();
    const auto sleepers_before = modules.world.clock.sleepers();

    const auto answer =
        co_await modules.shop_door->request(add_numbers{{1}}, {.deadline = modules.world.clock.monotonic() + 5ms});
    const auto late =
        co_await modules.shop_door->request(add_numbers{{1}}, {.deadline = modules.world.clock.monotonic()});

    EXPECT_EQ(answer.error().kind, core::error_kind::timed_out);
    EXPECT_EQ(late.error().kind, core::error_kind::timed_out);
    EXPECT_EQ(modules.world.clock.sleepers(), sleepers_before);
    co_await modules.close();
}

CO_TEST(requests, beyond_the_bound_of_their_handler_are_refused) {
    two_modules modules;
    modules.office_door->answer<add_numbers>(
        [&modules](add_numbers, call) -> core::awaitable<core::result<sum>> {
            co_await modules.world.clock.sleep_for(1s);
            co_return sum{};
        },
        2);
    modules.bus->start();
    core::task_group tasks{harness::loop(), modules.world.clock, modules.world.runtime.log_for("test")};
    std::vector<core::result<sum>> answers;
    for (int i = 0; i < 3; ++i) tasks.spawn("ask", ask(*modules.shop_door, answers, {}));
    co_await harness::eventually([&] { return !answers.empty(); });

    EXPECT_EQ(answers.at(0).error().kind, core::error_kind::overloaded);
    modules.world.clock.advance(1s);
    co_await tasks.join();
    EXPECT_EQ(answers.size(), 3U);
    EXPECT_TRUE(answers.at(1).has_value() && answers.at(2).has_value());
    co_await modules.close();
}

CO_TEST(requests, can_have_one_handler_only) {
    two_modules modules;
    modules.office_door->answer<add_numbers>(&add);

    EXPECT_THROW(modules.shop_door->answer<add_numbers>(&add), std::logic_error);
    co_return;
}

// CONFORMANCE F6: nobody waits; what was dropped and what was delivered are all that was sent.
CO_TEST(signals, drop_the_oldest_and_count_them) {
    for (const bool wire_mode : {true, false}) {
        two_modules modules{wire_mode};
        auto pings = modules.office_door->listen<ping>(8);
        modules.bus->start();

        for (int i = 1; i <= 100; ++i) modules.shop_door->emit(ping{i});

        EXPECT_TRUE(co_await pings.wait());
        const auto got = pings.take(100);
        CO_ASSERT_TRUE(got.size() == 8);
        EXPECT_EQ(got.front().number, 93);
        EXPECT_EQ(pings.missed(), 92U);
        co_await modules.close();
        EXPECT_FALSE(co_await pings.wait());
    }
}

}  // namespace bus::test
