#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <storage/event_record.hpp>
#include <storage/transaction.hpp>
#include <string>
#include <vector>

namespace storage {

// The module's own event log, for those who read more of it than a follower does, and for retention. The functions take
// the reader or transaction to work in.

// Deletes the oldest rows: those up to and with `up_to` that are older than `older_than`, but `most` of them at the
// utmost, and never the last row of the log, whose number must survive a crash. Returns how many. It walks from the
// first row to the first that is too young, so the price is that of what it deletes.
std::int64_t forget_events(transaction& transaction, std::int64_t up_to, core::timestamp older_than, std::size_t most);

// 0 when the log is empty.
[[nodiscard]] std::int64_t first_sequence(reader& reader);
[[nodiscard]] std::int64_t last_sequence(reader& reader);
[[nodiscard]] std::optional<event_record> event_at(reader& reader, std::int64_t sequence);

// The first event at or after a time; nothing when all are older. A binary search by sequence, since an index on the
// time would cost every append: times ascend but for a wall clock that was set back, and then the answer is one of the
// places where the log passes the given time.
[[nodiscard]] std::optional<std::int64_t> first_sequence_since(reader& reader, core::timestamp time);

struct event_filter {
    std::optional<std::string> type{};
    std::optional<core::timestamp> since{};  // inclusive
    std::optional<core::timestamp> until{};  // exclusive
    std::optional<std::int64_t> before{};    // exclusive
    std::optional<std::int64_t> after{};     // exclusive; when set, the oldest come first
    std::size_t most = 100;
};

// The newest first, or the oldest first when `after` is set. Reads the log in that order until it has enough, so a rare
// type is a walk through all of it: for database::search().
[[nodiscard]] std::vector<event_record> find_events(reader& reader, const event_filter& filter);

}  // namespace storage
