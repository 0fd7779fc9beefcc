#include "module_under_test.hpp"

using namespace std::chrono_literals;

namespace logging::test {

CO_TEST(log_retention, removes_the_oldest_while_the_file_is_too_large) {
    settings options;
    options.max_size = std::int64_t{1} << 20U;
    module_under_test logging{options};
    for (int part = 0; part < 30; ++part) {
        for (int i = 0; i < 10; ++i) logging.log_with({{"part", part}, {"text", std::string(8'000, 'x')}});
        co_await logging.finished();
        logging.world.clock.advance(1s);
    }

    co_await logging.advance(1min);

    const auto left = co_await logging.search({.size = 100});
    EXPECT_LT(left.total_count, 150);
    EXPECT_GT(left.total_count, 20);
    EXPECT_EQ(left.total_count, logging.count("entries"));
    EXPECT_EQ((co_await logging.names_with("part:29")).size(), 10U);
    EXPECT_EQ((co_await logging.names_with("part:0")).size(), 0U);
}

// The index is emptied by parts, and what is left in one of entries that are gone is not found.
CO_TEST(log_retention, leaves_no_words_of_what_is_gone) {
    settings options;
    options.retention = 60min;
    module_under_test logging{options};
    for (int minute = 0; minute < 120; ++minute) {
        logging.log("minute " + std::to_string(minute));
        co_await logging.finished();
        logging.world.clock.advance(1min);
    }

    co_await logging.advance(1min);

    const auto found = co_await logging.search({.search = "minute", .size = 100});
    EXPECT_EQ(found.total_count, logging.count("entries"));
    EXPECT_EQ(std::ssize(found.items), logging.count("entries"));
    EXPECT_LE(found.total_count, 61);
    EXPECT_LE(logging.count("word_parts"), 8);
    EXPECT_EQ((co_await logging.search({.level = "INFO"})).total_count, found.total_count);
}

}  // namespace logging::test
