#include "delivery_window.hpp"

#include <algorithm>

namespace bus {

std::optional<work_item> delivery_window::next() {
    for (auto candidate = waiting_.begin(); candidate != waiting_.end(); ++candidate) {
        // An earlier event of the key that waits would have been taken before, so only a running one can be in the way.
        if (is_running(candidate->record->key)) continue;
        running_.push_back(candidate->record->key);
        auto item = std::move(*candidate);
        if (candidate == waiting_.begin())
            waiting_.pop_front();
        else
            waiting_.erase(candidate);
        return item;
    }
    return std::nullopt;
}

void delivery_window::finish(const std::string& key) {
    const auto place = std::ranges::find(running_, key);
    if (place != std::prev(running_.end())) *place = std::move(running_.back());
    running_.pop_back();
}

void delivery_window::put_back(work_item item) {
    finish(item.record->key);
    waiting_.push_front(std::move(item));
}

bool delivery_window::is_running(std::string_view key) const {
    return std::ranges::find(running_, key) != running_.end();
}

}  // namespace bus
