#pragma once

#include <cstdint>
#include <optional>
#include <storage/event_record.hpp>
#include <vector>

namespace bus {

// Decides what becomes of an event that arrives for the copy of a log: events may come twice, late, from a past that
// never happened, or not at all. No I/O, no clock.
//
// Epochs: DESIGN.md §3 and §4. A sequence belongs to the newest epoch that begins at it or before it.
class replica_cursor {
public:
    // `epoch`: of the last event that is held; it tells something only while `epochs` is empty.
    replica_cursor(std::vector<storage::log_epoch> epochs, std::int64_t held, std::int64_t epoch = 0)
        : epochs_{std::move(epochs)}, held_{held}, epoch_{epoch} {}

    struct place {
        std::int64_t epoch = 0;
        std::int64_t first_of_epoch = 0;
        std::int64_t sequence = 0;
    };
    enum class meaning {
        next,       // the copy goes on with it
        known,      // it is there
        past,       // of an epoch that ended before: its place was given anew
        new_epoch,  // begin_epoch() first
        missing,    // something before it did not come, or epochs that nobody has heard of: the source has to be asked
    };
    [[nodiscard]] meaning judge(const place& place) const;
    void take(std::int64_t sequence) { held_ = sequence; }

    // As the source tells them. True when some of what was held never happened; held() has gone back before it then.
    [[nodiscard]] bool renew(std::vector<storage::log_epoch> epochs);
    [[nodiscard]] bool begin_epoch(const place& place);
    // What comes after `sequence` is wanted again.
    void go_back(std::int64_t sequence) {
        held_ = sequence;
        epoch_ = 0;
    }

    [[nodiscard]] std::int64_t held() const noexcept { return held_; }
    [[nodiscard]] const std::vector<storage::log_epoch>& epochs() const noexcept { return epochs_; }
    [[nodiscard]] bool has_epochs(const std::vector<storage::log_epoch>& epochs) const;
    // Nothing has come or was taken back since `other` was what this is: the same place is not enough, since an epoch
    // may have given it anew.
    [[nodiscard]] bool is_as(const replica_cursor& other) const {
        return held_ == other.held_ && has_epochs(other.epochs_);
    }

private:
    [[nodiscard]] std::int64_t valid_by_place() const;

    std::vector<storage::log_epoch> epochs_;  // ascending
    std::int64_t held_;
    std::int64_t epoch_;  // of `held_`, until the first list is known; 0 when that is not known either
};

}  // namespace bus
