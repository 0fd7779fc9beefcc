#pragma once

#include <core/clock.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bus {

// What the first parked event of a key is waiting for.
struct parked_head {
    core::monotonic_time due{};
    std::int64_t attempts = 0;
    bool has_ended_process = false;
};

// Which keys of one handler have parked events, and when the first of each is due. The events themselves are in the
// table `parked`: here is what decides who waits for whom. No I/O, no clock.
//
// An event that ended the process is tried again with no other of its kind beside it, the one with the fewest attempts
// first: so the guilty one is found before the innocent have used up their attempts.
class parking_lot {
public:
    // What the table has as the first of the key. Nothing happens while one of the key is under way.
    void update(const std::string& key, parked_head head);
    // Later events of the key have to wait.
    [[nodiscard]] bool blocks(const std::string& key) const { return lines_.contains(key); }
    struct due_key {
        std::string key;
        bool is_alone = false;
    };
    // A key whose first event is due and not under way; it is under way from then on. `alone`: one that ended the
    // process may be taken too.
    [[nodiscard]] std::optional<due_key> take_due(core::monotonic_time now, bool alone);
    // What was under way has to wait again, or is gone and this is the next one.
    void put_back(const std::string& key, parked_head head);
    // The table has none of the key any more.
    void remove(const std::string& key);

    // Of those that need not be alone.
    [[nodiscard]] std::optional<core::monotonic_time> next_due() const;
    // One waits that must be alone.
    [[nodiscard]] bool wants_to_be_alone() const noexcept { return !alone_.empty(); }
    [[nodiscard]] std::size_t keys() const noexcept { return lines_.size(); }
    void clear();

private:
    struct line {
        parked_head head;
        bool is_under_way = false;
    };
    void wait(const std::string& key, line& line);
    void forget_wait(const std::string& key, const line& line);

    std::unordered_map<std::string, line> lines_;
    std::set<std::pair<core::monotonic_time, std::string>> due_;
    std::set<std::pair<std::int64_t, std::string>> alone_;  // by attempts
};

}  // namespace bus
