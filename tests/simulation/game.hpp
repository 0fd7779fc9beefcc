#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "dice.hpp"
#include "rules.hpp"
#include "simulated_file.hpp"
#include "simulated_follower.hpp"
#include "simulated_source.hpp"

namespace simulation {

// One log and one handler in a process that dies at random, loses power, fails, meets poison and is told things twice:
// after the model in the design notes, but with the classes that decide in the real follower, and with the real notes.
// The seed decides everything.
class game {
public:
    game(simulated_file& file, std::uint64_t seed, mutant without, coverage& seen);

    // Plays until nothing is to do, and says which promises were broken.
    [[nodiscard]] std::set<std::string> play();

private:
    void move();
    void crash();
    void lose_power_of_log();
    void put_back_log();
    void lose_power_of_notes();

    simulated_file& file_;
    dice dice_;
    coverage& seen_;
    simulated_source source_;
    simulated_follower follower_;
};

}  // namespace simulation
