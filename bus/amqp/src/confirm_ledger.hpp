#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "link.hpp"

namespace bus::amqp {

// Which messages of one channel the broker still has to answer for. Plain bookkeeping: no I/O, no clock.
//
// The broker counts the messages of a channel from 1 and names them by that number; it may name all up to one, and in
// any order. A mandatory message that no queue takes comes back first and is confirmed afterwards like any other, so
// that it came back is remembered until then.
class confirm_ledger {
public:
    // The tag of the message that is published now; messages have to reach the broker in the order of these calls.
    std::uint64_t publish(std::uint64_t id);

    // Tags that were answered before, or never given, are ignored in both.
    void return_unroutable(std::uint64_t tag);
    // `is_multiple`: all up to and with `tag`, and all there are when it is 0. Adds to `confirmations`.
    void settle(std::uint64_t tag, bool is_multiple, bool is_taken, std::vector<confirmation>& confirmations);

    [[nodiscard]] std::size_t open() const noexcept { return open_; }

private:
    struct entry {
        std::uint64_t id = 0;
        bool is_settled = false;
        bool is_unroutable = false;
    };

    entry* find(std::uint64_t tag);
    void settle_one(entry& message, bool is_taken, std::vector<confirmation>& confirmations);

    std::deque<entry> entries_;
    std::uint64_t first_tag_ = 1;  // of entries_
    std::size_t open_ = 0;
};

}  // namespace bus::amqp
