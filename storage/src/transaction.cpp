#include <core/test_point.hpp>
#include <storage/transaction.hpp>

#include "connection.hpp"
#include "event_appender.hpp"

namespace storage {

std::int64_t event_appender::append(transaction& transaction, event_record record, live_object live) {
    record.sequence = next_;
    record.epoch = epoch_;
    record.id = ids_.next();
    record.time = transaction.now();
    record.traceparent = transaction.from().trace.traceparent();
    record.cause = transaction.from().cause;
    core::test_point("before log insert");
    transaction.execute(
        "INSERT INTO event_log (sequence, epoch, id, type, version, key, time, traceparent, cause, data) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        record.sequence, record.epoch, record.id, record.type, record.version, record.key, record.time,
        record.traceparent, record.cause, record.data);
    core::test_point("after log insert");
    pending_.push_back({std::make_shared<const event_record>(std::move(record)), std::move(live)});
    return next_++;
}

std::int64_t transaction::append(event_record record, live_object live) {
    return events_.append(*this, std::move(record), std::move(live));
}

void transaction::savepoint(const std::function<void()>& part) {
    const auto before = events_.here();
    execute("SAVEPOINT part");
    try {
        part();
        execute("RELEASE part");
    } catch (...) {
        events_.back_to(before);
        // SQLite may have ended the whole transaction by itself; then there is no savepoint to go back to.
        if (!on().autocommit()) {
            execute("ROLLBACK TO part");
            execute("RELEASE part");
        }
        throw;
    }
}

std::int64_t transaction::changes() const { return on().changes(); }

}  // namespace storage
