#include "retention.hpp"

#include <storage/event_log.hpp>

namespace bus {
namespace {

constexpr std::size_t removed_at_a_time = 500;

void note_place(storage::transaction& transaction, const std::string& module, const std::string& handler,
                std::int64_t position) {
    transaction.execute(
        "INSERT INTO log_followers (module, handler, sequence) VALUES (?1, ?2, ?3) "
        "ON CONFLICT (module, handler) DO UPDATE SET sequence = excluded.sequence",
        module, handler, position);
}

}  // namespace

core::awaitable<void> enlist(storage::database& log, std::string module, std::string handler, std::int64_t position) {
    const auto known = log.read([&](storage::reader& reader) {
        return reader.query_optional<std::int64_t>("SELECT 1 FROM log_followers WHERE module = ?1 AND handler = ?2",
                                                   module, handler);
    });
    if (known) co_return;
    co_await log.write({},
                       [&](storage::transaction& transaction) { note_place(transaction, module, handler, position); });
}

core::awaitable<void> forget_old_events(storage::database& log, const std::vector<follower*>& readers,
                                        core::timestamp older_than) {
    const auto done_by_all = co_await log.write({}, [&](storage::transaction& transaction) {
        for (const auto* reader : readers)
            if (const auto position = reader->position())
                note_place(transaction, reader->module(), reader->handler().name, *position);
        return transaction.query_one<std::int64_t>(
            "SELECT coalesce(min(sequence), 9223372036854775807) FROM log_followers");
    });
    auto removed = static_cast<std::int64_t>(removed_at_a_time);
    while (removed == static_cast<std::int64_t>(removed_at_a_time))
        removed = co_await log.write({}, [&](storage::transaction& transaction) {
            return storage::forget_events(transaction, done_by_all, older_than, removed_at_a_time);
        });
}

}  // namespace bus
