#include "module_under_test.hpp"

using namespace std::chrono_literals;

namespace logging::test {
namespace {

std::vector<std::string> names_of(const log_page& page) {
    std::vector<std::string> names;
    for (const auto& item : page.items) names.push_back(item.name);
    return names;
}

}  // namespace

CO_TEST(logging_module, stores_the_entries_of_all_modules) {
    module_under_test logging;

    logging.log("first", "WARNING", "shop", "trace");
    co_await logging.finished();
    const auto page = co_await logging.search();

    CO_ASSERT_TRUE(page.items.size() == 1);
    const auto& entry = page.items[0];
    EXPECT_EQ(entry.name, "first");
    EXPECT_EQ(entry.level, "WARNING");
    EXPECT_EQ(entry.module, "shop");
    EXPECT_EQ(entry.data.text, R"({"id":7})");
    EXPECT_EQ(entry.trace_id, "trace");
    EXPECT_EQ(entry.time, logging.world.clock.now());
}

CO_TEST(logging_module, finds_by_each_field_newest_first) {
    module_under_test logging;
    logging.log("old", "INFO", "shop");
    logging.world.clock.advance(1min);
    const auto later = logging.world.clock.now();
    logging.log("100% sure", "ERROR", "shop");
    logging.log("other module", "INFO", "office", "trace");
    co_await logging.finished();

    EXPECT_EQ(names_of(co_await logging.search()), (std::vector<std::string>{"other module", "100% sure", "old"}));
    EXPECT_EQ(names_of(co_await logging.search({.module = "office"})), (std::vector<std::string>{"other module"}));
    EXPECT_EQ(names_of(co_await logging.search({.level = "error"})), (std::vector<std::string>{"100% sure"}));
    EXPECT_EQ(names_of(co_await logging.search({.search = "100% s"})), (std::vector<std::string>{"100% sure"}))
        << "S0-44: % is a character";
    EXPECT_EQ(names_of(co_await logging.search({.search = "_"})), (std::vector<std::string>{}));
    EXPECT_EQ(names_of(co_await logging.search({.level = "warning, error"})), (std::vector<std::string>{"100% sure"}));
    EXPECT_EQ(names_of(co_await logging.search({.since = later})).size(), 2U);
    EXPECT_EQ(names_of(co_await logging.search({.until = later})), (std::vector<std::string>{"old"}));
    EXPECT_EQ(names_of(co_await logging.search({.trace_id = "trace"})), (std::vector<std::string>{"other module"}));
}

// S0-48 to S0-52: the page fields are right in every corner.
CO_TEST(logging_module, counts_its_pages_right) {
    module_under_test logging;
    for (int i = 0; i < 11; ++i) logging.log("entry");
    co_await logging.finished();

    const auto first = co_await logging.search({.page = 1, .size = 10});
    const auto second = co_await logging.search({.page = 2, .size = 10});
    const auto beyond = co_await logging.search({.page = 3, .size = 10});
    const auto nothing = co_await logging.search({.module = "nobody"});

    EXPECT_EQ(first.total_pages, 2);
    EXPECT_TRUE(first.has_more);
    EXPECT_EQ(second.items.size(), 1U);
    EXPECT_FALSE(second.has_more);
    EXPECT_TRUE(beyond.items.empty());
    EXPECT_EQ(beyond.total_count, 11);
    EXPECT_EQ(nothing.total_pages, 0);
    EXPECT_FALSE(nothing.has_more);
    EXPECT_EQ((co_await logging.request(search_entries{.size = 0})).error().fields.at(0).field, "size");
    EXPECT_EQ((co_await logging.request(search_entries{.size = 101})).error().fields.at(0).field, "size");
    EXPECT_EQ((co_await logging.request(search_entries{.page = 0})).error().fields.at(0).field, "page");
}

CO_TEST(logging_module, takes_entries_from_outside) {
    module_under_test logging;

    EXPECT_TRUE((co_await logging.request(record_entry{"deployed", {{"version", 2}}, "warning"})).has_value());
    const auto wrong = co_await logging.request(record_entry{"", std::string(40'000, 'x'), "loud"});

    const auto page = co_await logging.search();
    CO_ASSERT_TRUE(page.items.size() == 1 && !wrong);
    EXPECT_EQ(page.items[0].level, "WARNING");
    EXPECT_EQ(wrong.error().fields.size(), 3U);
}

// What is lost is counted, and the count is stored.
CO_TEST(logging_module, stores_how_many_entries_were_lost) {
    settings small;
    small.queue = 8;
    module_under_test logging{small};

    for (int i = 0; i < 100; ++i) logging.log("flood");
    co_await logging.finished();

    const auto lost = co_await logging.search({.search = "lost"});
    CO_ASSERT_TRUE(lost.items.size() == 1);
    EXPECT_EQ(lost.items[0].data.value()["count"], 92);
}

CO_TEST(logging_module, forgets_what_is_older_than_its_retention) {
    settings options;
    options.retention = 24h;
    module_under_test logging{options};
    logging.log("old");
    co_await logging.finished();
    co_await logging.advance(23h);
    EXPECT_EQ(logging.count("entries"), 1);

    co_await logging.advance(2h);

    EXPECT_EQ(logging.count("entries"), 0);
}

// A signal that another process sends again is one more entry: nothing tells it from a second one with the same words.
CO_TEST(logging_module, keeps_entries_that_are_alike_apart) {
    module_under_test logging;

    logging.log("twice");
    logging.log("twice");
    co_await logging.finished();

    const auto page = co_await logging.search();
    CO_ASSERT_TRUE(page.items.size() == 2);
    EXPECT_NE(page.items[0].id, page.items[1].id);
}

CO_TEST(logging_module, stores_what_has_arrived_before_it_stops) {
    module_under_test logging;

    for (int i = 0; i < 1000; ++i) logging.log("late");
    co_await logging.reopen();

    EXPECT_EQ(logging.count("entries"), 1000);
}

}  // namespace logging::test
