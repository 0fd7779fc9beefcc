#include "parking_lot.hpp"

#include <algorithm>

namespace bus {

void parking_lot::add(storage::parked_event parked) {
    auto& line = keys_[parked.event.key];
    line.events.push_back(std::move(parked));
}

std::vector<storage::parked_event> parking_lot::take_due(core::timestamp now) {
    std::vector<storage::parked_event> due;
    for (auto& [key, line] : keys_) {
        if (line.is_under_way || line.events.front().next_attempt_at > now) continue;
        line.is_under_way = true;
        due.push_back(line.events.front());
    }
    return due;
}

void parking_lot::put_back(storage::parked_event parked) {
    auto& line = keys_.at(parked.event.key);
    line.events.front() = std::move(parked);
    line.is_under_way = false;
}

void parking_lot::remove_head(const std::string& key) {
    const auto place = keys_.find(key);
    place->second.events.pop_front();
    place->second.is_under_way = false;
    if (place->second.events.empty()) keys_.erase(place);
}

std::optional<core::timestamp> parking_lot::next_due() const {
    std::optional<core::timestamp> next;
    for (const auto& [key, line] : keys_) {
        const auto time = line.events.front().next_attempt_at;
        if (!line.is_under_way && (!next || time < *next)) next = time;
    }
    return next;
}

std::size_t parking_lot::size() const noexcept {
    std::size_t count = 0;
    for (const auto& [key, line] : keys_) count += line.events.size();
    return count;
}

}  // namespace bus
