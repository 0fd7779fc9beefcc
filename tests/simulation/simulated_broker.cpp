#include "simulated_broker.hpp"

#include <algorithm>
#include <iterator>

namespace simulation {
namespace {

constexpr std::size_t prefetch = 10;
constexpr double refusing = 0.02;
constexpr double without_queue = 0.01;
constexpr std::size_t most_displaced = 6;

}  // namespace

simulated_broker::simulated_broker(dice& dice, world world, outside_coverage& seen)
    : dice_{dice}, world_{world}, seen_{seen} {}

void simulated_broker::lose_publisher() {
    if (!has_publisher_) return;
    ++seen_.connections_lost;
    has_publisher_ = false;
    const auto heard = dice_.pick(pipe_.size() + 1);
    for (std::size_t place = 0; place < heard; ++place) late_.push_back(std::move(pipe_[place].message));
    seen_.lost_confirms += std::ranges::count_if(open_, &open_answer::is_taken);
    seen_.lost_confirms += std::ranges::count_if(answers_, &answer::is_taken);
    pipe_.clear();
    open_.clear();
    answers_.clear();
    ledger_ = {};
}

void simulated_broker::publish(broker_message message) {
    const auto id = static_cast<std::uint64_t>(message.record->sequence);
    pipe_.push_back({ledger_.publish(id), std::move(message)});
}

std::vector<bus::amqp::confirmation> simulated_broker::take_answers() {
    std::vector<bus::amqp::confirmation> confirmations;
    if (answers_.empty()) return confirmations;
    for (auto count = dice_.pick(answers_.size()) + 1; count > 0; --count) {
        const auto answer = answers_.front();
        answers_.pop_front();
        if (answer.is_return)
            ledger_.return_unroutable(answer.tag);
        else
            ledger_.settle(answer.tag, answer.is_multiple, answer.is_taken, confirmations);
    }
    return confirmations;
}

bool simulated_broker::read() {
    if (!late_.empty() && (pipe_.empty() || dice_.chance(0.5))) {
        ++seen_.late_messages;
        (void)keep(std::move(late_.front()));
        late_.pop_front();
        return true;
    }
    if (pipe_.empty()) return false;
    read_published();
    return true;
}

void simulated_broker::read_published() {
    auto [tag, message] = std::move(pipe_.front());
    pipe_.pop_front();
    const bool is_moody = world_ == world::harsh && !dice_.is_kind();
    if (is_moody && dice_.chance(refusing)) {
        ++seen_.refused;
        open_.push_back({.tag = tag, .is_taken = false, .record = nullptr});
    } else if (is_moody && dice_.chance(without_queue)) {
        // It comes back, and is confirmed all the same.
        ++seen_.unroutable;
        answers_.push_back({.tag = tag, .is_taken = false, .is_return = true});
        open_.push_back({.tag = tag, .record = nullptr});
    } else {
        const auto record = message.record;
        const auto number = keep(std::move(message));
        open_.push_back({tag, true, record, number});
    }
}

std::uint64_t simulated_broker::keep(broker_message message) {
    queue_.push_back({std::move(message), ++last_number_});
    return last_number_;
}

// One by one in any order, or all up to one that are answered alike.
bool simulated_broker::confirm() {
    if (open_.empty()) return false;
    if (open_.front().is_taken && dice_.chance(0.3)) {
        const auto refused = std::ranges::find(open_, false, &open_answer::is_taken);
        const auto alike = static_cast<std::size_t>(std::distance(open_.begin(), refused));
        const auto last = open_.begin() + static_cast<std::ptrdiff_t>(dice_.pick(alike));
        answers_.push_back({.tag = last->tag, .is_multiple = true});
        std::for_each(open_.begin(), last + 1, [this](const auto& one) { settle(one); });
        open_.erase(open_.begin(), last + 1);
    } else {
        const auto one = open_.begin() + static_cast<std::ptrdiff_t>(dice_.pick(open_.size()));
        answers_.push_back({.tag = one->tag, .is_taken = one->is_taken});
        settle(*one);
        open_.erase(one);
    }
    return true;
}

void simulated_broker::settle(const open_answer& open) {
    if (open.number == 0) return;
    confirmed_.emplace(open.record->epoch, open.record->sequence);
    const auto make_safe = [&](kept_message& one) {
        if (one.number == open.number) one.is_safe = true;
    };
    std::ranges::for_each(queue_, make_safe);
    for (auto& [tag, one] : delivered_) make_safe(one);
}

std::optional<broker_delivery> simulated_broker::deliver() {
    if (queue_.empty() || delivered_.size() >= prefetch) return std::nullopt;
    delivered_.emplace_back(++last_tag_, std::move(queue_.front()));
    queue_.pop_front();
    return broker_delivery{last_tag_, delivered_.back().second.message};
}

// A tag of a connection that was lost is none of those that are given.
void simulated_broker::acknowledge_up_to(std::uint64_t tag) {
    while (!delivered_.empty() && delivered_.front().first <= tag) delivered_.pop_front();
}

void simulated_broker::lose_consumer() {
    ++seen_.connections_lost;
    seen_.redeliveries += static_cast<std::int64_t>(delivered_.size());
    for (; !delivered_.empty(); delivered_.pop_back()) {
        const auto places = world_ == world::calm ? 0 : std::min(queue_.size(), most_displaced);
        queue_.insert(queue_.begin() + static_cast<std::ptrdiff_t>(dice_.pick(places + 1)),
                      std::move(delivered_.back().second));
    }
}

void simulated_broker::die() {
    ++seen_.broker_deaths;
    lose_publisher();
    lose_consumer();
    late_.clear();
    seen_.broker_losses += static_cast<std::int64_t>(
        std::erase_if(queue_, [this](const kept_message& one) { return !one.is_safe && dice_.chance(0.5); }));
}

}  // namespace simulation
