#include "delivery_window.hpp"

namespace bus {

std::optional<work_item> delivery_window::next() {
    for (auto candidate = waiting_.begin(); candidate != waiting_.end(); ++candidate) {
        // An earlier event of the key that waits would have been taken before, so only a running one can be in the way.
        if (!running_.insert(candidate->record->key).second) continue;
        auto item = std::move(*candidate);
        if (candidate == waiting_.begin())
            waiting_.pop_front();
        else
            waiting_.erase(candidate);
        return item;
    }
    return std::nullopt;
}

void delivery_window::finish(const std::string& key) { running_.erase(key); }

void delivery_window::put_back(work_item item) {
    finish(item.record->key);
    waiting_.push_front(std::move(item));
}

}  // namespace bus
