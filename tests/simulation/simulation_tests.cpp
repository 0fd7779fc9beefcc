#include <gtest/gtest.h>

#include "campaign.hpp"
#include "game.hpp"

// CONFORMANCE O1 to O3: the delivery protocol, played with random crashes, power losses, failures and poison.
namespace simulation {
namespace {

constexpr std::uint64_t games = 6'000 / SHARE_OF_GAMES;  // with those of two processes more than 10,000
constexpr std::uint64_t parts = 2;                       // to use more than one core

class simulated_games : public testing::TestWithParam<std::uint64_t> {};

}  // namespace

TEST_P(simulated_games, break_no_promise) {
    simulated_file file;
    coverage seen;
    campaign campaign{[&](std::uint64_t seed) { return game{file, seed, mutant::none, seen}.play(); }};

    campaign.play(GetParam(), parts, games);

    EXPECT_EQ(campaign.broken(), 0) << campaign;
    for (const auto count : {seen.crashes, seen.power_losses, seen.put_back, seen.phantoms, seen.duplicates,
                             seen.parked, seen.dead, seen.crash_attempts, seen.effects})
        EXPECT_GT(count, 100 / SHARE_OF_GAMES) << "a suite that tries nothing finds nothing";
}
INSTANTIATE_TEST_SUITE_P(all, simulated_games, testing::Range(std::uint64_t{0}, parts));

namespace {

struct left_out {
    mutant rule;
    const char* name;
};
class rules_of_the_protocol : public testing::TestWithParam<left_out> {};

}  // namespace

// Each rule is needed: without it a promise is broken within 4,000 games.
TEST_P(rules_of_the_protocol, are_all_needed) {
    simulated_file file;
    coverage seen;
    campaign campaign{[&](std::uint64_t seed) { return game{file, seed, GetParam().rule, seen}.play(); }};

    campaign.play_until_broken(4'000);

    EXPECT_GT(campaign.broken(), 0) << "nobody noticed";
}
INSTANTIATE_TEST_SUITE_P(without, rules_of_the_protocol,
                         testing::Values(left_out{mutant::dual_write, "dual_write"},
                                         left_out{mutant::effect_then_mark, "effect_then_mark"},
                                         left_out{mutant::mark_before_handler, "mark_before_handler"},
                                         left_out{mutant::no_key_block, "no_key_block"},
                                         left_out{mutant::no_inbox, "no_inbox"}, left_out{mutant::no_epoch, "no_epoch"},
                                         left_out{mutant::epoch_not_synced, "epoch_not_synced"},
                                         left_out{mutant::done_without_epoch, "done_without_epoch"},
                                         left_out{mutant::purge_next_epoch_only, "purge_next_epoch_only"}),
                         [](const auto& info) { return std::string{info.param.name}; });

}  // namespace simulation
