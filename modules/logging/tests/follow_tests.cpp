#include <core/task_group.hpp>

#include "module_under_test.hpp"
#include "recent_entries.hpp"

using namespace std::chrono_literals;

namespace logging::test {
namespace {

// Who follows the log, and asks again with what it was told.
struct follower {
    module_under_test& logging;
    follow_entries next{};

    core::awaitable<std::vector<std::string>> ask() {
        auto answer = (co_await logging.request(next)).value();
        std::vector<std::string> names;
        for (const auto& item : answer.items) {
            names.push_back(item.name);
            next.after = item.id;
        }
        next.position = answer.position.empty() ? std::nullopt : std::optional{answer.position};
        if (answer.is_behind) names.emplace_back("(behind)");
        co_return names;
    }
};

using names = std::vector<std::string>;

}  // namespace

CO_TEST(log_follower, gets_what_comes_from_now_on) {
    module_under_test logging;
    logging.log("before");
    co_await logging.finished();
    follower follower{logging};

    const auto at_first = co_await follower.ask();
    logging.log("one");
    logging.log("two");
    co_await logging.finished();
    const auto then = co_await follower.ask();

    EXPECT_EQ(at_first, names{});
    EXPECT_EQ(then, (names{"one", "two"}));
}

CO_TEST(log_follower, gets_what_it_asks_for_alone) {
    module_under_test logging;
    follower errors{logging, {.level = "ERROR"}};
    follower words{logging, {.search = "id:7 tw"}};
    co_await errors.ask();
    co_await words.ask();

    logging.log("one", "ERROR");
    logging.log("two");
    co_await logging.finished();

    EXPECT_EQ(co_await errors.ask(), names{"one"});
    EXPECT_EQ(co_await words.ask(), names{"two"});
}

// Ids are in the order of time; what comes late is new all the same.
CO_TEST(log_follower, gets_what_comes_late) {
    module_under_test logging;
    logging.world.clock.advance(1h);
    follower follower{logging};
    logging.log("present");
    co_await logging.finished();
    co_await follower.ask();

    logging.emit(entry_recorded{logging.world.clock.now() - 10min, "INFO", "shop", "late", {"{}"}, ""});
    co_await logging.finished();

    EXPECT_EQ(co_await follower.ask(), names{"late"});
}

CO_TEST(log_follower, goes_on_behind_the_entry_that_it_has) {
    module_under_test logging;
    for (int i = 0; i < 300; ++i) logging.log("entry " + std::to_string(i));
    co_await logging.finished();
    const auto page = co_await logging.search({.search = "\"entry 9\""});
    follower follower{logging, {.after = page.items.at(0).id}};

    const auto first = co_await follower.ask();
    const auto second = co_await follower.ask();
    logging.log("new");
    co_await logging.finished();

    EXPECT_EQ(first.size(), 256U);
    EXPECT_EQ(first.front(), "entry 10");
    EXPECT_EQ(second.size(), 34U);
    EXPECT_EQ(co_await follower.ask(), names{"new"});
}

CO_TEST(log_follower, is_told_that_it_is_too_far_behind) {
    module_under_test logging;
    follower follower{logging};
    co_await follower.ask();

    for (int i = 0; i < 40; ++i) logging.log_with({{"text", std::string(32'000, 'x')}});
    co_await logging.finished();

    EXPECT_EQ(co_await follower.ask(), names{"(behind)"});
    EXPECT_FALSE((co_await logging.request(follow_entries{.position = "x"})).has_value());
}

// What others log does not count, however much it is.
CO_TEST(log_follower, is_not_behind_by_what_it_does_not_ask_for) {
    module_under_test logging;
    follower follower{logging, {.search = "small"}};
    co_await follower.ask();

    for (int i = 0; i < 40; ++i) logging.log_with({{"text", std::string(32'000, 'x')}});
    logging.log("small");
    co_await logging.finished();

    EXPECT_EQ(co_await follower.ask(), names{"small"});
}

// The bus would give it up else, while others log without a pause.
CO_TEST(log_follower, has_its_answer_in_time_while_others_log) {
    module_under_test logging;
    follower follower{logging, {.search = "small"}};
    co_await follower.ask();
    logging.world.clock.advance(1ms);
    logging.log("large");
    co_await logging.finished();
    const auto before = follower.next.position;
    core::task_group tasks{harness::loop(), logging.world.clock, logging.world.runtime.log_for("test")};
    std::optional<std::vector<std::string>> answer;
    tasks.spawn("ask", [](auto& follower, auto& answer) -> core::awaitable<void> {
        answer = co_await follower.ask();
    }(follower, answer));

    while (!answer) {
        logging.log("large");
        co_await harness::settle();
        logging.world.clock.advance(50ms);
    }
    co_await tasks.join();

    EXPECT_EQ(*answer, names{});
    EXPECT_NE(follower.next.position, before);
}

TEST(recent_entries, are_bounded_and_know_who_has_missed_some) {
    recent_entries recent{100, 3};
    const std::vector<entries::stored> stored{{1, 10}, {2, 20}, {3, 30}, {4, 40}};

    recent.add(stored);

    EXPECT_EQ(recent.end(), 104);
    EXPECT_TRUE(recent.is_lost(100));
    EXPECT_FALSE(recent.is_lost(101));
    EXPECT_FALSE(recent.is_lost(104));
    EXPECT_TRUE(recent.is_lost(105));
    EXPECT_EQ(recent.since(102).ids, (std::vector<std::int64_t>{3, 4}));
    EXPECT_EQ(recent.since(102).end, 104);
    EXPECT_EQ(recent.bytes_since(102), 70);
    EXPECT_EQ(recent.bytes_since(104), 0);
}

TEST(recent_entries, are_given_in_portions) {
    recent_entries recent{0, 1000};
    recent.add(std::vector<entries::stored>(600, {1, 1}));
    recent_entries large{0, 1000};
    large.add(std::vector<entries::stored>(3, {1, 200'000}));

    EXPECT_EQ(recent.since(0).end, 256);
    EXPECT_EQ(large.since(0).end, 1);
}

}  // namespace logging::test
