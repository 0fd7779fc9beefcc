#pragma once

#include <bus/endpoint.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <storage/delivery_notes.hpp>
#include <string>
#include <unordered_set>

namespace bus {

// An event on its way to one handler.
struct work_item {
    std::shared_ptr<const storage::event_record> record;
    storage::live_object live;
    const event_subscription* subscription = nullptr;
    std::int64_t previous = 0;                      // the last event before it that concerns the handler
    std::optional<storage::parked_event> parked{};  // when it failed before
    bool is_returned = false;                       // handled, and its note is on its way
};

// Decides which event may run next: events of one key one at a time and in order, different keys side by side. No I/O,
// no clock.
class delivery_window {
public:
    explicit delivery_window(std::size_t room) : room_{room} {}

    void add(work_item item) { waiting_.push_back(std::move(item)); }
    // The first that waits and whose key is not running; its key runs until finish().
    [[nodiscard]] std::optional<work_item> next();
    void finish(const std::string& key);
    // Did not run after all: it is the next of its key again.
    void put_back(work_item item);

    [[nodiscard]] bool has_room() const noexcept { return waiting_.size() + running_.size() < room_; }
    [[nodiscard]] bool empty() const noexcept { return waiting_.empty() && running_.empty(); }
    [[nodiscard]] std::size_t in_flight() const noexcept { return running_.size(); }
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
    void drop_waiting() { waiting_.clear(); }

private:
    std::size_t room_;
    std::deque<work_item> waiting_;
    std::unordered_set<std::string> running_;  // keys
};

}  // namespace bus
