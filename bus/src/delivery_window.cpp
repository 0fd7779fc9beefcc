#include "delivery_window.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace bus {

void delivery_window::add(work_item item) {
    ++size_;
    const auto [place, is_first] = lines_.try_emplace(item.record->key);
    if (is_first)
        ready_.push_back(std::move(item));
    else
        place->second.behind.push_back(std::move(item));
}

std::optional<work_item> delivery_window::next() {
    if (ready_.empty()) return std::nullopt;
    auto item = std::move(ready_.front());
    ready_.pop_front();
    lines_.at(item.record->key).is_running = true;
    ++running_;
    return item;
}

void delivery_window::finish(const std::string& key) {
    --running_;
    --size_;
    const auto place = lines_.find(key);
    assert(place != lines_.end() && place->second.is_running);
    auto& line = place->second;
    if (line.behind.empty()) {
        lines_.erase(place);
        return;
    }
    line.is_running = false;
    ready_.push_back(std::move(line.behind.front()));
    line.behind.pop_front();
}

void delivery_window::put_back(work_item item) {
    --running_;
    lines_.at(item.record->key).is_running = false;
    ready_.push_front(std::move(item));
}

bool delivery_window::drop_waiting() {
    bool was_to_be_alone = std::ranges::any_of(ready_, &work_item::is_alone);
    ready_.clear();
    for (auto place = lines_.begin(); place != lines_.end();) {
        was_to_be_alone = was_to_be_alone || std::ranges::any_of(place->second.behind, &work_item::is_alone);
        place->second.behind.clear();
        place = place->second.is_running ? std::next(place) : lines_.erase(place);
    }
    size_ = running_;
    return was_to_be_alone;
}

}  // namespace bus
