#pragma once

#include <core/runtime.hpp>
#include <cstdint>
#include <storage/event_record.hpp>
#include <storage/transaction.hpp>
#include <string>
#include <vector>

#include "connection.hpp"

namespace storage {

// Gives the next sequence numbers of a log and keeps what was appended until the commit. Writer thread.
class event_appender {
public:
    event_appender(core::uuid_generator& ids, std::int64_t epoch, std::int64_t next_sequence)
        : ids_{ids}, epoch_{epoch}, next_{next_sequence} {}

    // A place to go back to when a part of the transaction is undone: sequences stay dense.
    struct mark {
        std::int64_t next;
        std::size_t pending;
    };
    [[nodiscard]] mark here() const noexcept { return {next_, pending_.size()}; }
    void back_to(mark place) {
        next_ = place.next;
        pending_.resize(place.pending);
    }

    std::int64_t append(transaction& transaction, event_record record, live_object live);

    // What the transaction that was just committed appended.
    [[nodiscard]] std::vector<committed_event> take() { return std::exchange(pending_, {}); }
    [[nodiscard]] std::int64_t next_sequence() const noexcept { return next_; }

private:
    core::uuid_generator& ids_;
    std::int64_t epoch_;
    std::int64_t next_;
    std::vector<committed_event> pending_;
};

}  // namespace storage
