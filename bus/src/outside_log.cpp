#include "outside_log.hpp"

namespace bus {

outside_log::outside_log(storage::database& own)
    : copied_log{own, storage::outside},
      head_{own.read([this](storage::reader& reader) { return rows_.held(reader).value_or(0); })} {}

core::awaitable<void> outside_log::take(std::vector<received_event> events) {
    std::vector<storage::committed_event> fresh;
    co_await own_.write({}, [&](storage::transaction& transaction) {
        fresh.clear();
        auto next = head_;
        for (const auto& event : events) {
            if (storage::has_come_from_outside(transaction, event.record->id)) continue;
            auto record = *event.record;
            record.sequence = ++next;
            record.epoch = epoch;
            rows_.append(transaction, record);
            fresh.push_back({std::make_shared<const storage::event_record>(std::move(record)), {}});
        }
        rows_.set_held(transaction, next);
    });
    if (fresh.empty()) co_return;
    head_ = fresh.back().record->sequence;
    ring(fresh);
}

}  // namespace bus
