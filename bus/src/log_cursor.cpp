#include "log_cursor.hpp"

#include <algorithm>
#include <utility>

namespace bus {

void log_cursor::begin(const storage::handler_progress& progress) {
    scanned_ = relevant_ = noted_ = progress.sequence;
    epoch_ = progress.epoch;
    ahead_.clear();
    open_.clear();
    for (const auto& done : progress.ahead) ahead_.insert(done.sequence);
}

log_cursor::step log_cursor::pass(const storage::event_record& record, bool concerns) {
    scanned_ = record.sequence;
    epoch_ = record.epoch;
    if (!concerns) return {};
    const auto previous = std::exchange(relevant_, scanned_);
    if (ahead_.erase(scanned_) > 0) return {};
    open_.push_back({scanned_, record.time});
    return {true, previous};
}

void log_cursor::settle(std::int64_t sequence) {
    const auto place = std::ranges::lower_bound(open_, sequence, {}, &open_event::sequence);
    if (place == open_.end() || place->sequence != sequence) return;  // an event that was parked before
    place->is_settled = true;
    while (!open_.empty() && open_.front().is_settled) open_.pop_front();
}

std::int64_t log_cursor::position() const noexcept { return open_.empty() ? scanned_ : open_.front().sequence - 1; }

}  // namespace bus
