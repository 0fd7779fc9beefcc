#pragma once

#include <bus/endpoint.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <storage/delivery_notes.hpp>
#include <string>
#include <unordered_map>

#include "verdict.hpp"

namespace bus {

// An event on its way to one handler.
struct work_item {
    std::shared_ptr<const storage::event_record> record;
    storage::live_object live{};
    const event_subscription* subscription = nullptr;
    std::int64_t previous = 0;                      // the last event before it that concerns the handler
    std::optional<storage::parked_event> parked{};  // when it failed before
    std::optional<failed_attempt> known{};          // it has failed already, and that is not noted yet
    bool is_alone = false;                          // it runs by permission of the one_at_a_time
};

// Decides which event may run next: events of one key one at a time and in order, different keys side by side. No I/O,
// no clock.
class delivery_window {
public:
    explicit delivery_window(std::size_t room) : room_{room} {}

    // It runs after everything of its key that was added before.
    void add(work_item item);
    // The first that may run; its key runs until finish().
    [[nodiscard]] std::optional<work_item> next();
    void finish(const std::string& key);
    // Did not run after all: it is the next of its key again.
    void put_back(work_item item);

    [[nodiscard]] bool has_room() const noexcept { return size_ < room_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t in_flight() const noexcept { return running_; }
    // Forgets what has not been begun. True when something was among it that was to run alone.
    [[nodiscard]] bool drop_waiting();

private:
    struct line {
        std::deque<work_item> behind;  // what runs or is ready
        bool is_running = false;
    };

    std::size_t room_;
    std::size_t size_ = 0;     // waiting and running
    std::size_t running_ = 0;  //
    std::deque<work_item> ready_;
    std::unordered_map<std::string, line> lines_;  // of the keys that are ready or running
};

}  // namespace bus
