#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "entries.hpp"

namespace logging {

// Which entries were stored last, in the order in which they were: for those who follow. An id says nothing of that,
// for an entry may come late. What is kept is bounded, so who falls further behind has missed something.
class recent_entries {
public:
    // `first`: greater than any position of an earlier run, so that none of those is taken for one of this. `most`: how
    // many are kept.
    recent_entries(std::int64_t first, std::size_t most) : first_{first}, most_{most} {}

    void add(std::span<const entries::stored> stored);

    // The position behind the newest.
    [[nodiscard]] std::int64_t end() const noexcept { return first_ + std::ssize(kept_); }
    // Not all since this position is kept any more, or it never was one.
    [[nodiscard]] bool is_lost(std::int64_t position) const noexcept { return position < first_ || position > end(); }

    // Of the texts of all since this position, which is not lost.
    [[nodiscard]] std::int64_t bytes_since(std::int64_t position) const;

    struct some {
        std::vector<std::int64_t> ids;
        std::int64_t end = 0;  // the position behind them
    };
    // From a position that is not lost: at least one when there is any, some 256 and 256 KiB at most.
    [[nodiscard]] some since(std::int64_t position) const;

private:
    struct kept {
        std::int64_t id = 0;
        std::int64_t bytes_before = 0;  // of all that came before it
    };
    [[nodiscard]] std::int64_t bytes_before(std::int64_t position) const;

    std::deque<kept> kept_;
    std::int64_t first_;
    std::int64_t bytes_ = 0;  // of all that ever came
    std::size_t most_;
};

}  // namespace logging
