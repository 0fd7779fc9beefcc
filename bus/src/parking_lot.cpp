#include "parking_lot.hpp"

namespace bus {

void parking_lot::add(const std::string& key, parked_head head, std::int64_t count) {
    const auto [place, is_first] = lines_.try_emplace(key);
    place->second.count += count;
    size_ += count;
    if (!is_first) return;
    place->second.head = head;
    wait(key, place->second);
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
    auto& line = lines_.at(key);
    line.head = head;
    line.is_under_way = false;
    wait(key, line);
}

bool parking_lot::remove_first(const std::string& key) {
    --size_;
    const auto place = lines_.find(key);
    if (--place->second.count > 0) return true;
    lines_.erase(place);
    return false;
}

std::optional<core::monotonic_time> parking_lot::next_due() const {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
}

void parking_lot::clear() {
    lines_.clear();
    due_.clear();
    alone_.clear();
    size_ = 0;
}

void parking_lot::wait(const std::string& key, line& line) {
    if (line.head.has_ended_process)
        alone_.emplace(line.head.attempts, key);
    else
        due_.emplace(line.head.due, key);
}

}  // namespace bus
