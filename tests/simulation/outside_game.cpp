#include "outside_game.hpp"

#include <array>

#include "promises.hpp"

namespace simulation {
namespace {

constexpr int moves_of_a_game = 2400;
constexpr int most_rounds_to_the_end = 5000;
constexpr std::array tempers{0.2, 0.5, 1.0, 2.0};

}  // namespace

outside_game::outside_game(simulated_file& file, std::uint64_t seed, mutant without, world world, seen& seen)
    : file_{file},
      without_{without},
      world_{world},
      has_repair_{world == world::harsh && without != mutant::no_gap_repair},
      seen_{seen},
      dice_{seed},
      temper_{tempers.at(dice_.pick(tempers.size()))},
      source_{dice_, without, seen.inside},
      broker_{dice_, world, seen.outside},
      sender_{source_, broker_, dice_, without, seen.outside},
      copy_{file, dice_, without, seen.outside},
      follower_{file, copy_, source_, dice_, without, seen.inside} {
    file_.clear();
    copy_.add_reader(follower_);
    copy_.begin();
}

bool outside_game::hear() {
    auto delivery = broker_.deliver();
    if (!delivery) return false;
    waiting_.push_back(std::move(*delivery));
    return true;
}

// What receiver::receive() does.
bool outside_game::write() {
    if (waiting_.empty() || !copy_.has_room()) return false;
    std::vector<broker_message> messages;
    std::uint64_t tag = 0;
    for (auto count = dice_.pick(waiting_.size()) + 1; count > 0; --count) {
        tag = waiting_.front().tag;
        messages.push_back(std::move(waiting_.front().message));
        waiting_.pop_front();
    }
    if (without_ == mutant::ack_before_commit) broker_.acknowledge_up_to(tag);
    copy_.take(messages);
    dice_.may_die(0.005);
    if (!dice_.is_kind() && dice_.chance(0.005)) lose_connection();
    broker_.acknowledge_up_to(tag);
    return true;
}

bool outside_game::ask() {
    if (!has_repair_ || question_) return false;
    question_ = copy_.ask();
    return true;
}

bool outside_game::reply() {
    if (!question_ || answer_) return false;
    answer_.emplace(source_.epochs(), source_.head() > 0 ? 1 : 0, source_.head(), sender_.position(),
                    source_.rows_after(question_->asked_at.held(), question_->size));
    return true;
}

bool outside_game::apply() {
    if (!answer_) return false;
    const auto asked_at = std::move(question_->asked_at);
    const auto part = std::move(*answer_);
    question_.reset();
    answer_.reset();
    const bool was_missing = copy_.is_missing();
    const auto before = copy_.head();
    copy_.apply(part, asked_at);
    return copy_.head() != before || copy_.is_missing() != was_missing;
}

void outside_game::move() {
    const auto fate = dice_.throw_once() / temper_;
    if (suffer(fate)) return;
    if (fate < 0.03) return broker_.lose_publisher();
    if (fate < 0.033) {
        lose_connection();
        return broker_.die();
    }
    if (fate < 0.04) return file_.has_unsynced() ? file_.settle() : file_.begin_unsynced();
    if (fate < 0.045) return follower_.redeliver();
    if (fate < 0.05) return copy_.forget_old();
    if (fate < 0.08) return follower_.pass_time(std::chrono::milliseconds{dice_.pick(200)});
    step();
}

void outside_game::step() {
    switch (dice_.pick(14)) {
        case 0:
            if (dice_.chance(0.4)) source_.publish();
            return;
        case 1:
            return (void)sender_.publish_some();
        case 2:
            return (void)broker_.read();
        case 3:
            return (void)broker_.confirm();
        case 4:
            return (void)sender_.hear();
        case 5:
            return (void)sender_.note();
        case 6:
            return (void)hear();
        case 7:
            return (void)write();
        case 8:
            return (void)(dice_.chance(0.5) ? ask() : reply());
        case 9:
            return (void)(dice_.chance(0.5) && apply());
        default:
            return follower_.step();
    }
}

bool outside_game::work() {
    bool has_moved = false;
    for (const bool one : {sender_.publish_some(), broker_.read(), broker_.confirm(), sender_.hear(), sender_.note(),
                           hear(), write(), follower_.work()})
        has_moved = has_moved || one;
    if (has_moved) return true;
    (void)ask();
    (void)reply();
    return apply();
}

std::set<std::string> outside_game::play() {
    for (int count = 0; count < moves_of_a_game; ++count) try {
            move();
        } catch (const process_died&) {
            crash();
        }
    file_.settle();
    dice_.be_kind();
    int rounds = 0;
    for (int idle = 0; idle < 50 && rounds < most_rounds_to_the_end; ++rounds) {
        const bool has_moved = work();
        idle = has_moved ? 0 : idle + 1;
        if (!has_moved) follower_.pass_time(std::chrono::seconds{1});
    }
    auto broken = broken_promises(file_, source_, follower_.position().value_or(-1), seen_.inside);
    if (rounds == most_rounds_to_the_end) broken.insert("never quiet");
    if (sender_.has_noted_too_much()) broken.insert("noted without confirmation");
    if (sender_.position() != source_.head()) broken.insert("not all sent");
    if (!copy_.equals(source_)) broken.insert("copy differs");
    return broken;
}

}  // namespace simulation
