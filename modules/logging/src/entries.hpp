#pragma once

#include <logging/messages.hpp>
#include <memory>
#include <optional>
#include <span>
#include <storage/transaction.hpp>
#include <vector>

#include "word_parts.hpp"

// The rows of entries: put in with their words and counts, and removed with them.
namespace logging::entries {

struct stored {
    std::int64_t id = 0;
    std::int64_t bytes = 0;  // of its text, about
};

using entry = std::shared_ptr<const entry_recorded>;

// In the order of the entries, which is cheapest when it is that of their times. An entry without a time, or of the
// future, gets the present: a program whose clock is ahead would keep all others out of sight.
std::vector<stored> add(storage::transaction& transaction, std::span<const entry> entries,
                        const word_parts::limits& limits);

// At most `most` of those with an id below `end`, the oldest first; returns how many.
std::int64_t remove_before(storage::transaction& transaction, std::int64_t end, std::int64_t most);

// Puts words in for some entries of an older version. False when all have theirs.
bool fill_words(storage::transaction& transaction);

[[nodiscard]] std::int64_t count(storage::reader& reader);
// The highest and the lowest id; none when there is no entry.
[[nodiscard]] std::optional<std::int64_t> newest(storage::reader& reader);
[[nodiscard]] std::optional<std::int64_t> oldest(storage::reader& reader);
// Bytes of the file that are in use, and those that are free in it.
[[nodiscard]] std::int64_t bytes_in_use(storage::reader& reader);
[[nodiscard]] std::int64_t free_bytes(storage::reader& reader);

}  // namespace logging::entries
