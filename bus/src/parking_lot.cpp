#include "parking_lot.hpp"

namespace bus {

void parking_lot::update(const std::string& key, parked_head head) {
    const auto [place, is_new] = lines_.try_emplace(key);
    auto& line = place->second;
    if (line.is_under_way) return;
    if (!is_new) forget_wait(key, line);
    line.head = head;
    wait(key, line);
}

std::optional<parking_lot::due_key> parking_lot::take_due(core::monotonic_time now, bool alone) {
    std::optional<due_key> taken;
    if (!due_.empty() && due_.begin()->first <= now) {
        taken.emplace(due_.begin()->second, false);
        due_.erase(due_.begin());
    } else if (alone && !alone_.empty()) {
        taken.emplace(alone_.begin()->second, true);
        alone_.erase(alone_.begin());
    }
    if (taken) lines_.at(taken->key).is_under_way = true;
    return taken;
}

void parking_lot::put_back(const std::string& key, parked_head head) {
    auto& line = lines_[key];
    line.head = head;
    line.is_under_way = false;
    wait(key, line);
}

void parking_lot::remove(const std::string& key) {
    const auto place = lines_.find(key);
    if (place == lines_.end()) return;
    if (!place->second.is_under_way) forget_wait(key, place->second);
    lines_.erase(place);
}

std::optional<core::monotonic_time> parking_lot::next_due() const {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
}

void parking_lot::clear() {
    lines_.clear();
    due_.clear();
    alone_.clear();
}

void parking_lot::wait(const std::string& key, line& line) {
    if (line.head.has_ended_process)
        alone_.emplace(line.head.attempts, key);
    else
        due_.emplace(line.head.due, key);
}

void parking_lot::forget_wait(const std::string& key, const line& line) {
    due_.erase({line.head.due, key});
    alone_.erase({line.head.attempts, key});
}

}  // namespace bus
