#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>

#include "dice.hpp"
#include "rules.hpp"
#include "simulated_broker.hpp"
#include "simulated_copy.hpp"
#include "simulated_file.hpp"
#include "simulated_follower.hpp"
#include "simulated_sender.hpp"
#include "simulated_source.hpp"

namespace simulation {

// One log and one handler in two processes with a broker between them: the game of `game`, but what the handler follows
// is the copy that its process makes. Both processes die and lose power, the broker dies, connections are lost. The
// seed decides everything.
class outside_game {
public:
    struct seen {
        coverage inside;
        outside_coverage outside;
    };
    outside_game(simulated_file& file, std::uint64_t seed, mutant without, world world, seen& seen);

    // Plays until nothing is to do, and says which promises were broken.
    [[nodiscard]] std::set<std::string> play();

private:
    void move();
    [[nodiscard]] bool suffer(double fate);
    void step();
    // All that anybody has to do; false when there was nothing.
    [[nodiscard]] bool work();

    // the process of the source
    void crash_source();
    void restart_source();
    void lose_power_of_source();
    void put_back_source();
    // the process of the handler
    void crash();
    void lose_power();
    void start();
    void lose_connection();
    // bus::amqp::receiver
    [[nodiscard]] bool hear();
    [[nodiscard]] bool write();
    // the request that gap repair is made of
    [[nodiscard]] bool ask();
    [[nodiscard]] bool reply();
    [[nodiscard]] bool apply();

    simulated_file& file_;
    const mutant without_;
    const world world_;
    const bool has_repair_;
    seen& seen_;
    dice dice_;
    const double temper_;  // of the world: how often something happens
    simulated_source source_;
    simulated_broker broker_;
    simulated_sender sender_;
    simulated_copy copy_;
    simulated_follower follower_;
    std::deque<broker_delivery> waiting_;
    std::optional<simulated_copy::question> question_;  // its answer has not come yet
    std::optional<simulated_copy::answer> answer_;
};

}  // namespace simulation
