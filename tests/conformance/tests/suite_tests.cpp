#include <fstream>

#include "helpers.hpp"

// The suite itself: that its end check notices what is wrong, and that no test is skipped quietly.
namespace conformance {

CONFORMANCE_AREA(suite);

namespace {

bool tells_of(const std::vector<std::string>& problems, std::string_view what) {
    return std::ranges::any_of(problems, [what](const std::string& problem) { return problem.contains(what); });
}

std::vector<std::string> lines_of(const std::filesystem::path& path) {
    std::vector<std::string> lines;
    std::ifstream file{path};
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

}  // namespace

CONFORMANCE_TEST(suite, notices_what_is_left_over_at_the_end_of_a_test, capability::calm) {
    stage.is_waived = true;
    stage.handle(consumer_1, "h", &fail_always);
    stage.start();
    co_await stage.publish(happened{"k", 1});
    co_await harness::eventually([&] { return stage.count(consumer_1, "parked") == 1; });
    co_await stage.idle(consumer_1);

    const auto problems = co_await stage.problems();

    EXPECT_TRUE(tells_of(problems, "parked at the end")) << testing::PrintToString(problems);
    EXPECT_TRUE(tells_of(problems, "has 0 effects")) << testing::PrintToString(problems);
}

CONFORMANCE_TEST(suite, notices_an_effect_that_happened_twice_and_one_of_nothing) {
    stage.is_waived = true;
    stage.handle(consumer_1, "h");
    stage.start();
    co_await stage.publish(happened{"k", 1});
    co_await stage.quiet();
    EXPECT_TRUE((co_await stage.problems()).empty());

    co_await stage.write(consumer_1, [](storage::transaction& transaction) {
        transaction.execute(
            "INSERT INTO effects (handler, event_id, attempt, subject, number) SELECT handler, event_id, attempt, "
            "subject, number FROM effects");
        transaction.execute(
            "INSERT INTO effects (handler, event_id, attempt, subject, number) VALUES ('h', 'foreign', 1, 'k', 1)");
    });
    const auto problems = co_await stage.problems();

    EXPECT_TRUE(tells_of(problems, "has 2 effects")) << testing::PrintToString(problems);
    EXPECT_TRUE(tells_of(problems, "which nobody published")) << testing::PrintToString(problems);
}

CONFORMANCE_TEST(suite, notices_a_counter_that_is_wrong) {
    stage.is_waived = true;
    stage.handle(consumer_1, "h");
    stage.start();
    co_await stage.publish(happened{"k", 1});
    co_await stage.quiet();

    // A dead letter that the bus does not know of, and a published event that none of its handlers was told of.
    co_await stage.write(consumer_1, [](storage::transaction& transaction) {
        transaction.execute(
            "INSERT INTO parked (handler, log, epoch, sequence, event_id, type, version, key, time, traceparent, "
            "cause, data, state, attempts, next_attempt_at, errors) VALUES ('h', 'producer', 1, 77, 'x', 'x', 1, 'x', "
            "0, '', '', '{}', 'dead', 1, 0, '[]')");
    });
    const auto problems = co_await stage.problems();

    EXPECT_TRUE(tells_of(problems, "h dead")) << testing::PrintToString(problems);
}

// A capability cannot be lost quietly: who skips what is written down in skipped/. BUSBAR_UPDATE_SKIPPED=1 writes it
// anew.
class skips : public testing::TestWithParam<fixture> {};
INSTANTIATE_TEST_SUITE_P(, skips, testing::ValuesIn(fixtures()),
                         [](const testing::TestParamInfo<fixture>& info) { return info.param.name(); });
TEST_P(skips, are_those_that_are_written_down) {
    std::vector<std::string> skipped;
    for (const auto& test : registered_tests())
        if (const auto lack = missing(GetParam(), test.needs); !lack.empty())
            skipped.push_back(test.name + ": " + lack.substr(lack.find("lacks")));
    std::ranges::sort(skipped);
    const auto path = std::filesystem::path{BUSBAR_CONFORMANCE_FOLDER} / "skipped" / (GetParam().name() + ".txt");

    if (std::getenv("BUSBAR_UPDATE_SKIPPED") != nullptr) {
        std::ofstream file{path};
        for (const auto& line : skipped) file << line << '\n';
    }
    EXPECT_EQ(skipped, lines_of(path));
}

}  // namespace conformance
