#include "outside_log.hpp"

#include "spans.hpp"

namespace bus {

outside_log::outside_log(core::tracer& traces, storage::database& own)
    : copied_log{own, storage::outside},
      traces_{traces},
      head_{own.read([this](storage::reader& reader) { return rows_.held(reader).value_or(0); })} {}

core::awaitable<void> outside_log::take(std::vector<received_event> events) {
    std::vector<storage::committed_event> fresh;
    std::vector<storage::event_record> records;
    std::vector<core::span> spans;  // until it is committed
    for (const auto& event : events) {
        records.push_back(*event.record);
        spans.push_back(receive_span(traces_, own_.name(), records.back()));
    }
    co_await own_.write({}, [&](storage::transaction& transaction) {
        fresh.clear();
        auto next = head_;
        for (auto record : records) {
            if (storage::has_come_from_outside(transaction, record.id)) continue;
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
