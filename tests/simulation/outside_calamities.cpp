#include "outside_game.hpp"

// What befalls the two processes of an outside_game.
namespace simulation {

void outside_game::crash_source() {
    ++seen_.inside.crashes;
    source_.begin_epoch();
    restart_source();
}

// A question that it has not answered dies with it; an answer is on its way all the same.
void outside_game::restart_source() {
    sender_.start();
    if (!answer_) question_.reset();
}

void outside_game::lose_power_of_source() {
    source_.lose_power();
    restart_source();
}

void outside_game::put_back_source() {
    source_.put_back();
    restart_source();
}

void outside_game::crash() {
    ++seen_.inside.crashes;
    follower_.die(false);
    start();
}

void outside_game::lose_power() {
    ++seen_.inside.power_losses;
    follower_.die(true);
    file_.lose_power();
    start();
}

void outside_game::start() {
    lose_connection();
    copy_.begin();
}

void outside_game::lose_connection() {
    waiting_.clear();
    question_.reset();
    answer_.reset();
    broker_.lose_consumer();
}

// In the calm world nothing happens that only the source could make good.
bool outside_game::suffer(double fate) {
    const bool is_harsh = world_ == world::harsh;
    const struct {
        double probability;
        bool is_possible;
        void (outside_game::*happen)();
    } calamities[]{
        {0.005, is_harsh, &outside_game::crash_source},    {0.004, is_harsh, &outside_game::lose_power_of_source},
        {0.001, is_harsh, &outside_game::put_back_source}, {0.004, is_harsh, &outside_game::lose_power},
        {0.003, true, &outside_game::restart_source},      {0.005, true, &outside_game::crash},
        {0.005, true, &outside_game::lose_connection},
    };
    for (const auto& [probability, is_possible, happen] : calamities) {
        if (fate < probability) {
            if (is_possible) (this->*happen)();
            return true;
        }
        fate -= probability;
    }
    return false;
}

}  // namespace simulation
