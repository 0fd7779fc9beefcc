#include "replica_cursor.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace bus {
namespace {

bool is_same(const storage::log_epoch& a, const storage::log_epoch& b) {
    return a.epoch == b.epoch && a.first_sequence == b.first_sequence;
}

}  // namespace

replica_cursor::meaning replica_cursor::judge(const place& place) const {
    if (epochs_.empty())
        // From the first event on there is nothing that an earlier epoch could have had; but of what came after an old
        // one only the source knows.
        return place.first_of_epoch == 1 && place.epoch >= epoch_ ? meaning::new_epoch : meaning::missing;
    const auto newest = epochs_.back().epoch;
    if (place.epoch - 1 == newest) return meaning::new_epoch;
    if (place.epoch > newest) return meaning::missing;
    const auto owner = std::ranges::find_if(std::views::reverse(epochs_), [&](const storage::log_epoch& one) {
        return one.first_sequence <= place.sequence;
    });
    if (owner == std::ranges::rend(epochs_) || owner->epoch < place.epoch) return meaning::missing;
    if (owner->epoch > place.epoch) return meaning::past;
    if (place.sequence <= held_) return meaning::known;
    return place.sequence == held_ + 1 ? meaning::next : meaning::missing;
}

bool replica_cursor::renew(std::vector<storage::log_epoch> epochs) {
    const auto before = std::exchange(epochs_, std::move(epochs));
    if (before.empty()) {
        const auto valid = valid_by_place();
        return std::exchange(held_, valid) != valid;
    }
    auto valid = held_;
    // Where the two lists differ, what was held may be of another epoch than the source has there now.
    const auto compare = [&valid](const auto& ones, const auto& others) {
        for (const auto& one : ones)
            if (std::ranges::none_of(others, [&](const auto& other) { return is_same(one, other); }))
                valid = std::min(valid, one.first_sequence - 1);
    };
    compare(epochs_, before);
    compare(before, epochs_);
    return std::exchange(held_, valid) != valid;
}

// Up to where what is held was not given anew after the epoch of its last event.
std::int64_t replica_cursor::valid_by_place() const {
    auto valid = held_;
    for (const auto& one : epochs_)
        if (epoch_ > 0 && one.epoch > epoch_) valid = std::min(valid, one.first_sequence - 1);
    return valid;
}

bool replica_cursor::begin_epoch(const place& place) {
    auto epochs = epochs_;
    std::erase_if(epochs, [&](const storage::log_epoch& one) { return one.first_sequence > place.first_of_epoch; });
    epochs.push_back({place.epoch, place.first_of_epoch});
    return renew(std::move(epochs));
}

bool replica_cursor::has_epochs(const std::vector<storage::log_epoch>& epochs) const {
    return std::ranges::equal(epochs_, epochs, &is_same);
}

}  // namespace bus
