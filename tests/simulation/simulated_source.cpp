#include "simulated_source.hpp"

#include <algorithm>
#include <string>

namespace simulation {
namespace {

constexpr std::int64_t events_of_a_game = 60;
constexpr std::size_t keys = 5;
constexpr double poisonous = 0.03;
constexpr std::size_t most_lost_rows = 6;

}  // namespace

simulated_source::simulated_source(dice& dice, mutant without, coverage& seen)
    : dice_{dice}, without_{without}, seen_{seen} {
    begin_epoch();
}

void simulated_source::begin_epoch() {
    if (without_ == mutant::no_epoch && !epochs_.empty()) return;
    epochs_.push_back({++last_epoch_, head() + 1});
    // The mark is committed with a sync, and so everything before it.
    if (without_ == mutant::epoch_not_synced) return;
    synced_ = log_.size();
    synced_places_ = places_.size();
}

void simulated_source::publish() {
    if (published_ == events_of_a_game) return;
    const auto number = ++published_;
    if (dice_.chance(poisonous)) poison_.insert(number);
    changes_.insert(number);
    if (without_ == mutant::dual_write) dice_.may_die(0.05);
    storage::event_record record;
    record.sequence = head() + 1;
    record.epoch = epochs_.back().epoch;
    record.id = std::to_string(number);
    record.key = std::to_string(dice_.pick(keys));
    record.data = std::to_string(number);
    record.type = "type";
    // Without the block each event is a key of its own.
    if (without_ == mutant::no_key_block) record.key += "/" + record.data;
    log_.push_back(std::make_shared<const storage::event_record>(std::move(record)));
}

void simulated_source::lose_power() {
    ++seen_.power_losses;
    const auto least = std::max(synced_, log_.size() - std::min(log_.size(), most_lost_rows));
    const auto kept = least + dice_.pick(log_.size() - least + 1);
    forget_rows_after(kept);
    while (places_.size() > synced_places_ &&
           (places_.back().rows > kept || (places_.back().rows == kept && dice_.chance(0.5))))
        places_.pop_back();
    if (without_ == mutant::epoch_not_synced) {
        forget_epochs_after_head();
        last_epoch_ = epochs_.back().epoch;
    }
    begin_epoch();
}

void simulated_source::put_back() {
    ++seen_.put_back;
    const auto kept = dice_.pick(log_.size() + 1);
    forget_rows_after(kept);
    std::erase_if(places_, [kept](const place& one) { return one.rows >= kept; });
    forget_epochs_after_head();
    begin_epoch();
}

void simulated_source::forget_rows_after(std::size_t kept) {
    for (auto row = kept; row < log_.size(); ++row) {
        lost_.insert(number_of(*log_[row]));
        changes_.erase(number_of(*log_[row]));
    }
    log_.resize(kept);
}

void simulated_source::forget_epochs_after_head() {
    std::erase_if(epochs_, [this](const auto& one) { return one.epoch > 1 && one.first_sequence > head(); });
}

std::optional<std::int64_t> simulated_source::noted_place() const {
    if (places_.empty()) return std::nullopt;
    return places_.back().sequence;
}

std::vector<row> simulated_source::rows_after(std::int64_t sequence, std::size_t most) {
    const auto first = std::min(static_cast<std::size_t>(sequence), log_.size());
    const auto last = std::min(first + most, log_.size());
    return {log_.begin() + static_cast<std::ptrdiff_t>(first), log_.begin() + static_cast<std::ptrdiff_t>(last)};
}

}  // namespace simulation
