#include <gtest/gtest.h>

#include <map>

#include "campaign.hpp"
#include "outside_game.hpp"

// CONFORMANCE O1 to O3 with a broker between the log and its handler.
namespace simulation {
namespace {

constexpr std::uint64_t games = 5'000 / SHARE_OF_GAMES;
constexpr std::uint64_t parts = 2;  // to use more than one core

class simulated_outside_games : public testing::TestWithParam<std::uint64_t> {};

std::map<std::string, std::int64_t> counters(const outside_game::seen& seen) {
    const auto& [inside, outside] = seen;
    return {{"crashes", inside.crashes},
            {"power losses", inside.power_losses},
            {"put back", inside.put_back},
            {"phantoms", inside.phantoms},
            {"suppressed", inside.duplicates},
            {"parked", inside.parked},
            {"dead", inside.dead},
            {"attempts that ended the process", inside.crash_attempts},
            {"effects", inside.effects},
            {"deaths of the broker", outside.broker_deaths},
            {"messages it lost with them", outside.broker_losses},
            {"connections lost", outside.connections_lost},
            {"late messages", outside.late_messages},
            {"lost confirms", outside.lost_confirms},
            {"refused", outside.refused},
            {"unroutable", outside.unroutable},
            {"resends", outside.resends},
            {"redeliveries", outside.redeliveries},
            {"known to the copy", outside.duplicates},
            {"of an epoch that had ended", outside.past},
            {"gaps", outside.gaps},
            {"stalls", outside.stalls},
            {"repaired", outside.repaired},
            {"epoch switches", outside.epoch_switches},
            {"taken back", outside.taken_back},
            {"taken back when they were done", outside.taken_back_done},
            {"forgotten", outside.forgotten}};
}

}  // namespace

TEST_P(simulated_outside_games, break_no_promise) {
    simulated_file file;
    outside_game::seen seen;
    campaign campaign{
        [&](std::uint64_t seed) { return outside_game{file, seed, mutant::none, world::harsh, seen}.play(); }};

    campaign.play(GetParam(), parts, games);

    EXPECT_EQ(campaign.broken(), 0) << campaign;
    for (const auto& [what, count] : counters(seen))
        EXPECT_GT(count, 100 / SHARE_OF_GAMES) << what << ": never tried, never found";
}
INSTANTIATE_TEST_SUITE_P(all, simulated_outside_games, testing::Range(std::uint64_t{0}, parts));

// So the rules that the calm world shows to be needed are broken by nothing else.
TEST(simulated_outside_games, break_no_promise_without_repair_in_a_calm_world) {
    simulated_file file;
    outside_game::seen seen;
    campaign campaign{
        [&](std::uint64_t seed) { return outside_game{file, seed, mutant::none, world::calm, seen}.play(); }};

    campaign.play(0, 1, 1'000);

    EXPECT_EQ(campaign.broken(), 0) << campaign;
    EXPECT_EQ(seen.outside.repaired, 0);
}

namespace {

struct left_out {
    mutant rule;
    world where;
    const char* name;
};
class rules_between_processes : public testing::TestWithParam<left_out> {};

}  // namespace

// Each rule is needed: without it a promise is broken within 2,000 games.
TEST_P(rules_between_processes, are_all_needed) {
    simulated_file file;
    outside_game::seen seen;
    const auto [rule, where, name] = GetParam();
    campaign campaign{[&](std::uint64_t seed) { return outside_game{file, seed, rule, where, seen}.play(); }};

    campaign.play_until_broken(2'000);

    EXPECT_GT(campaign.broken(), 0) << "nobody noticed";
}
INSTANTIATE_TEST_SUITE_P(
    without, rules_between_processes,
    testing::Values(left_out{mutant::no_inbox, world::harsh, "no_inbox"},
                    left_out{mutant::no_epoch, world::harsh, "no_epoch"},
                    left_out{mutant::no_gap_repair, world::harsh, "no_gap_repair"},
                    left_out{mutant::gap_taken, world::harsh, "watermark_without_reassembly"},
                    left_out{mutant::reader_not_told, world::harsh, "reader_told_of_an_epoch"},
                    left_out{mutant::position_before_confirm, world::harsh, "confirm_before_position"},
                    left_out{mutant::position_before_confirm, world::calm, "confirm_before_position_or_repair"},
                    left_out{mutant::ack_before_commit, world::calm, "commit_before_ack_or_repair"},
                    left_out{mutant::sender_from_head, world::calm, "place_of_the_sender_or_repair"}),
    [](const auto& info) { return std::string{info.param.name}; });

}  // namespace simulation
