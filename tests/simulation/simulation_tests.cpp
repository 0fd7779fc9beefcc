#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <ostream>

#include "game.hpp"

// CONFORMANCE O1 to O3: the delivery protocol, played with random crashes, power losses, failures and poison.
namespace simulation {
namespace {

struct campaign {
    std::int64_t broken = 0;
    std::set<std::string> promises;
    std::vector<std::uint64_t> seeds;  // the first ones that broke something
    coverage seen;
};

void play(simulated_file& file, std::uint64_t seed, mutant without, campaign& campaign) {
    const auto broken = game{file, seed, without, campaign.seen}.play();
    if (broken.empty()) return;
    ++campaign.broken;
    campaign.promises.insert(broken.begin(), broken.end());
    if (campaign.seeds.size() < 5) campaign.seeds.push_back(seed);
}

std::vector<std::uint64_t> seeds_in(const char* path) {
    std::vector<std::uint64_t> seeds;
    std::ifstream file{path};
    for (std::string line; std::getline(file, line);)
        if (!line.empty() && line.front() != '#') seeds.push_back(std::stoull(line));
    return seeds;
}

// Those that failed once, here and elsewhere, are played first.
std::vector<std::uint64_t> seeds_that_failed() {
    auto seeds = seeds_in(KNOWN_SEEDS);
    const auto here = seeds_in(FAILED_SEEDS);
    seeds.insert(seeds.end(), here.begin(), here.end());
    return seeds;
}

void remember(const campaign& campaign) {
    std::ofstream file{FAILED_SEEDS, std::ios::app};
    for (const auto seed : campaign.seeds) file << seed << '\n';
}

std::ostream& operator<<(std::ostream& out, const campaign& campaign) {
    out << campaign.broken << " games broke:";
    for (const auto& promise : campaign.promises) out << " " << promise << ";";
    out << " seeds";
    for (const auto seed : campaign.seeds) out << " " << seed;
    return out;
}

constexpr std::uint64_t games = 10'000;
constexpr std::uint64_t parts = 4;  // to use more than one core

class simulated_games : public testing::TestWithParam<std::uint64_t> {};

}  // namespace

TEST_P(simulated_games, break_no_promise) {
    simulated_file file;
    campaign campaign;

    for (const auto seed : seeds_that_failed()) play(file, seed, mutant::none, campaign);
    for (auto seed = GetParam(); seed < games; seed += parts) play(file, seed, mutant::none, campaign);

    EXPECT_EQ(campaign.broken, 0) << campaign;
    if (campaign.broken > 0) remember(campaign);
    const auto& seen = campaign.seen;
    for (const auto count : {seen.crashes, seen.power_losses, seen.phantoms, seen.duplicates, seen.parked, seen.dead,
                             seen.crash_attempts, seen.effects})
        EXPECT_GT(count, 100) << "a suite that tries nothing finds nothing";
}
INSTANTIATE_TEST_SUITE_P(all, simulated_games, testing::Range(std::uint64_t{0}, parts));

namespace {

struct left_out {
    mutant rule;
    const char* name;
};
class rules_of_the_protocol : public testing::TestWithParam<left_out> {};

}  // namespace

// Each rule is needed: without it a promise is broken within 2,000 games.
TEST_P(rules_of_the_protocol, are_all_needed) {
    simulated_file file;
    campaign campaign;

    for (std::uint64_t seed = 0; seed < 2'000 && campaign.broken == 0; ++seed)
        play(file, seed, GetParam().rule, campaign);

    EXPECT_GT(campaign.broken, 0) << "nobody noticed";
}
INSTANTIATE_TEST_SUITE_P(without, rules_of_the_protocol,
                         testing::Values(left_out{mutant::dual_write, "dual_write"},
                                         left_out{mutant::effect_then_mark, "effect_then_mark"},
                                         left_out{mutant::mark_before_handler, "mark_before_handler"},
                                         left_out{mutant::no_key_block, "no_key_block"},
                                         left_out{mutant::no_epoch, "no_epoch"},
                                         left_out{mutant::epoch_not_synced, "epoch_not_synced"},
                                         left_out{mutant::done_without_epoch, "done_without_epoch"},
                                         left_out{mutant::purge_next_epoch_only, "purge_next_epoch_only"}),
                         [](const auto& info) { return std::string{info.param.name}; });

}  // namespace simulation
