#pragma once

#include <bus/delivery.hpp>
#include <core/notifier.hpp>
#include <stdexcept>
#include <storage/database.hpp>
#include <storage/delivery_notes.hpp>

#include "delivery_window.hpp"

namespace bus {

// The delivery that a handler sees, and what its follower has to know of it. Loop thread.
class tracked_delivery final : public delivery {
public:
    tracked_delivery(storage::database& database, const storage::delivery_notes& notes, const work_item& item,
                     std::int64_t attempt, core::origin from);

    core::awaitable<void> commit(unit unit) override;

    [[nodiscard]] const core::origin& from() const noexcept override { return from_; }
    [[nodiscard]] const std::string& event_id() const noexcept override { return item_.record->id; }
    [[nodiscard]] std::int64_t attempt() const noexcept override { return attempt_; }

    [[nodiscard]] bool is_committing() const noexcept { return is_committing_; }
    [[nodiscard]] bool is_committed() const noexcept { return is_committed_; }
    // It was done before, so the unit did not run.
    [[nodiscard]] bool is_duplicate() const noexcept { return is_duplicate_; }
    // From here on nothing can be committed. Not while it is committing.
    void expire() noexcept { is_expired_ = true; }

private:
    [[nodiscard]] bool note(storage::transaction& transaction) const;

    storage::database& database_;
    const storage::delivery_notes& notes_;
    const work_item& item_;
    std::int64_t attempt_;
    core::origin from_;
    bool is_committing_ = false;
    bool is_committed_ = false;
    bool is_duplicate_ = false;
    bool is_expired_ = false;
};

}  // namespace bus
