#include "retention.hpp"

#include <algorithm>
#include <storage/event_log.hpp>
#include <tuple>

namespace bus {
namespace {

constexpr std::size_t removed_at_a_time = 500;

// The only follower of a module that runs elsewhere.
constexpr auto copy = "(copy)";

struct place {
    std::string module;
    std::string handler;
    std::int64_t position = 0;
};

void write_down(storage::transaction& transaction, const place& place) {
    transaction.execute(
        "INSERT INTO log_followers (module, handler, sequence) VALUES (?1, ?2, ?3) "
        "ON CONFLICT (module, handler) DO UPDATE SET sequence = excluded.sequence",
        place.module, place.handler, place.position);
}

std::vector<std::string> handlers_of(storage::reader& reader, const std::string& module) {
    return reader.query_all<std::string>("SELECT handler FROM log_followers WHERE module = ?1", module);
}

// A place may have been lowered since the last batch, so it is asked for each time.
std::int64_t remove_some(storage::transaction& transaction, core::timestamp older_than) {
    const auto done_by_all =
        transaction.query_one<std::int64_t>("SELECT coalesce(min(sequence), 9223372036854775807) FROM log_followers");
    return storage::forget_events(transaction, done_by_all, older_than, removed_at_a_time);
}

}  // namespace

core::awaitable<void> enlist(storage::database& log, std::string module, std::string handler, std::int64_t position) {
    const auto known = log.read([&](storage::reader& reader) { return handlers_of(reader, module); });
    if (std::ranges::find(known, handler) != known.end()) co_return;
    const place place{std::move(module), std::move(handler), position};
    co_await log.write({}, [&](storage::transaction& transaction) { write_down(transaction, place); });
}

core::awaitable<void> note_place(storage::database& log, core::origin from, std::string module, std::string handler,
                                 std::int64_t position) {
    co_await log.write(std::move(from), [&](storage::transaction& transaction) {
        transaction.execute("UPDATE log_followers SET sequence = min(sequence, ?3) WHERE module = ?1 AND handler = ?2",
                            module, handler, position);
    });
}

core::awaitable<void> strike_out_others(storage::database& log, std::string module, std::vector<std::string> handlers) {
    auto gone = log.read([&](storage::reader& reader) { return handlers_of(reader, module); });
    std::erase_if(gone, [&](const auto& one) { return std::ranges::find(handlers, one) != handlers.end(); });
    if (gone.empty()) co_return;
    co_await log.write({}, [&](storage::transaction& transaction) {
        for (const auto& handler : gone)
            transaction.execute("DELETE FROM log_followers WHERE module = ?1 AND handler = ?2", module, handler);
    });
}

core::awaitable<void> note_copy(storage::database& log, core::origin from, std::string module, std::int64_t held) {
    const auto known = log.read([&](storage::reader& reader) {
        return reader.query_all<std::string, std::int64_t>(
            "SELECT handler, sequence FROM log_followers WHERE module = ?1", module);
    });
    if (known.size() == 1 && known.front() == std::tuple{std::string{copy}, held}) co_return;
    const place place{std::move(module), copy, held};
    co_await log.write(std::move(from), [&](storage::transaction& transaction) {
        transaction.execute("DELETE FROM log_followers WHERE module = ?1 AND handler <> ?2", place.module, copy);
        write_down(transaction, place);
    });
}

core::awaitable<void> forget_old_events(storage::database& log, const std::vector<follower*>& readers,
                                        core::timestamp older_than) {
    // Collected here, on the loop, where the followers live.
    std::vector<place> places;
    for (const auto* reader : readers)
        if (const auto position = reader->position())
            places.push_back({reader->module(), reader->handler().name, *position});
    co_await log.write({}, [&](storage::transaction& transaction) {
        for (const auto& place : places) write_down(transaction, place);
    });
    constexpr auto full = static_cast<std::int64_t>(removed_at_a_time);
    for (auto removed = full; removed == full;)
        removed = co_await log.write(
            {}, [&](storage::transaction& transaction) { return remove_some(transaction, older_than); });
}

}  // namespace bus
