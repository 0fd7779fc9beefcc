#include "game.hpp"

#include "promises.hpp"

namespace simulation {
namespace {

constexpr int moves_of_a_game = 1800;

}  // namespace

game::game(simulated_file& file, std::uint64_t seed, mutant without, coverage& seen)
    : file_{file}, dice_{seed}, seen_{seen}, source_{dice_, without, seen}, follower_{file,  source_, source_,
                                                                                      dice_, without, seen} {
    file_.clear();
    follower_.load();
}

void game::crash() {
    ++seen_.crashes;
    follower_.die(false);
    source_.begin_epoch();
    follower_.load();
}

void game::lose_power_of_log() {
    follower_.die(true);
    source_.lose_power();
    follower_.load();
}

void game::put_back_log() {
    follower_.die(true);
    source_.put_back();
    follower_.load();
}

void game::lose_power_of_notes() {
    ++seen_.power_losses;
    follower_.die(true);
    file_.lose_power();
    follower_.load();
}

void game::move() {
    const auto fate = dice_.throw_once();
    if (fate < 0.015) return crash();
    if (fate < 0.02) return lose_power_of_log();
    if (fate < 0.025) return lose_power_of_notes();
    if (fate < 0.026) return put_back_log();
    if (fate < 0.035) return file_.has_unsynced() ? file_.settle() : file_.begin_unsynced();
    if (fate < 0.045) return follower_.redeliver();
    if (fate < 0.1) return follower_.pass_time(std::chrono::milliseconds{dice_.pick(200)});
    if (dice_.pick(6) > 0) return follower_.step();
    if (dice_.chance(0.25)) source_.publish();
}

std::set<std::string> game::play() {
    for (int count = 0; count < moves_of_a_game; ++count) try {
            move();
        } catch (const process_died&) {
            crash();
        }
    file_.settle();
    dice_.be_kind();
    for (int idle = 0; idle < 50;) {
        const bool has_moved = follower_.work();
        idle = has_moved ? 0 : idle + 1;
        if (!has_moved) follower_.pass_time(std::chrono::seconds{1});
    }
    return broken_promises(file_, source_, *follower_.position(), seen_);
}

}  // namespace simulation
