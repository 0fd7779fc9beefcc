#pragma once

#include <core/clock.hpp>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <storage/delivery_notes.hpp>
#include <string>
#include <vector>

namespace bus {

// What is parked for one handler, as the table `parked` has it: for each key the failed event and those that wait
// behind it. Decides who blocks whom and what is due. No I/O, no clock.
class parking_lot {
public:
    void add(storage::parked_event parked);
    // Later events of the key have to wait behind it.
    [[nodiscard]] bool blocks(const std::string& key) const { return keys_.contains(key); }
    // The head of each key whose time has come and that is not under way; it is under way from then on.
    [[nodiscard]] std::vector<storage::parked_event> take_due(core::timestamp now);
    // The head of the key failed again and waits for its next attempt.
    void put_back(storage::parked_event parked);
    // The head of the key is done or dead; the next of the key is due at once.
    void remove_head(const std::string& key);
    [[nodiscard]] std::optional<core::timestamp> next_due() const;
    [[nodiscard]] std::size_t size() const noexcept;

private:
    struct line {
        std::deque<storage::parked_event> events;
        bool is_under_way = false;
    };
    std::map<std::string, line> keys_;
};

}  // namespace bus
