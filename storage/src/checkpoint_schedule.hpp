#pragma once

#include <cstddef>

namespace storage {

enum class checkpoint_kind {
    none,
    passive,   // copies what no search still needs; waits for nobody
    restart,   // waits a moment for searches, so that the next commit writes the WAL from its beginning
    truncate,  // waits longer: the WAL has grown far more than it should
};

// Decides when the WAL is copied into the file, from the number of pages in it. Searches that overlap all the time can
// keep SQLite from ever writing the WAL from its beginning, hence the steps that wait.
class checkpoint_schedule {
public:
    explicit checkpoint_schedule(std::size_t pages) : pages_{pages} {}

    [[nodiscard]] checkpoint_kind due(std::size_t wal_pages) const noexcept {
        // Each costs two syncs, so one that could not end is repeated only when there is more to copy.
        const bool was_tried = tried_at_ != 0 && wal_pages >= tried_at_;
        if (wal_pages < (was_tried ? tried_at_ + pages_ / 2 : pages_)) return checkpoint_kind::none;
        if (wal_pages >= 6 * pages_) return checkpoint_kind::truncate;
        return wal_pages >= 3 * pages_ ? checkpoint_kind::restart : checkpoint_kind::passive;
    }

    void tried(std::size_t wal_pages) noexcept { tried_at_ = wal_pages; }

private:
    std::size_t pages_;
    std::size_t tried_at_ = 0;  // pages in the WAL then; it has begun anew when there are fewer
};

}  // namespace storage
