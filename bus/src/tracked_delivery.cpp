#include "tracked_delivery.hpp"

#include <core/test_point.hpp>

namespace bus {
namespace {

class raised_flag {
public:
    explicit raised_flag(bool& flag) : flag_{flag} { flag_ = true; }
    raised_flag(const raised_flag&) = delete;
    raised_flag& operator=(const raised_flag&) = delete;
    ~raised_flag() { flag_ = false; }

private:
    bool& flag_;
};

}  // namespace

tracked_delivery::tracked_delivery(storage::database& database, const storage::delivery_notes& notes,
                                   const work_item& item, std::int64_t attempt, core::origin from)
    : database_{database}, notes_{notes}, item_{item}, attempt_{attempt}, from_{std::move(from)} {}

core::awaitable<void> tracked_delivery::commit(unit unit) {
    if (is_committed_ || is_committing_) throw std::logic_error{"a handler gets one transaction"};
    if (is_expired_) throw std::runtime_error{"the time of this delivery is over; nothing was committed"};
    const raised_flag committing{is_committing_};
    co_await database_.write(from_, [this, &unit](storage::transaction& transaction) {
        core::test_point("before effect");
        is_duplicate_ = !note(transaction);
        if (!is_duplicate_) unit(transaction);
        core::test_point("after effect");
    });
    is_committed_ = true;
}

// False for an event that is done already.
bool tracked_delivery::note(storage::transaction& transaction) const {
    if (item_.parked) return notes_.unpark(transaction, item_.parked->id);
    return notes_.mark_done(transaction, item_.record->epoch, item_.record->sequence, item_.previous);
}

}  // namespace bus
