#include "torture.hpp"

#include <algorithm>
#include <storage/delivery_notes.hpp>

namespace storage::test {
namespace {

constexpr std::array<core::embedded_file, 1> schema{{
    {"0001_orders.sql",
     "CREATE TABLE orders (id INTEGER PRIMARY KEY, filling TEXT NOT NULL) STRICT;"
     "CREATE TABLE effects (sequence INTEGER PRIMARY KEY) STRICT;"},
}};

const delivery_notes notes{"handler", "log"};

std::int64_t count(reader& reader, std::string_view sql) { return reader.query_one<std::int64_t>(sql); }

std::string broken_promise(reader& reader, const promises& told, bool must_keep) {
    const auto ids = reader.query_all<std::int64_t>("SELECT id FROM orders");
    const std::set<std::int64_t> seen{ids.begin(), ids.end()};
    for (const auto id : told.refused)
        if (seen.contains(id)) return "order " + std::to_string(id) + " was refused and is there";
    if (!must_keep) return {};
    for (const auto id : told.committed)
        if (!seen.contains(id)) return "order " + std::to_string(id) + " was acknowledged and is missing";
    if (count(reader, "SELECT count(*) FROM effects") < told.done) return "an effect was acknowledged and is missing";
    return {};
}

std::string inconsistency(reader& reader) {
    if (const auto verdict = reader.query_one<std::string>("PRAGMA integrity_check"); verdict != "ok") return verdict;
    const auto orders = count(reader, "SELECT count(*) FROM orders");
    const auto events = count(reader, "SELECT count(*) FROM event_log");
    if (orders != events) return std::to_string(orders) + " orders and " + std::to_string(events) + " events";
    if (count(reader, "SELECT count(*) FROM orders JOIN event_log ON key = CAST(orders.id AS TEXT)") != orders)
        return "an order has the event of another";
    if (events > 0 && count(reader, "SELECT max(sequence) - min(sequence) + 1 FROM event_log") != events)
        return "the log has holes";
    const auto progress = notes.progress(reader);
    if (count(reader, "SELECT count(*) FROM effects") != (progress ? progress->sequence : 0))
        return "effects and notes differ";
    if (count(reader, "SELECT count(*) FROM log_epochs WHERE reason = 'restored'") > 0)
        return "a power loss is taken for a file that was put back";
    return {};
}

}  // namespace

void ledger::note_committed(std::int64_t id) {
    const std::lock_guard lock{mutex_};
    promises_.committed.insert(id);
}

void ledger::note_refused(std::int64_t id) {
    const std::lock_guard lock{mutex_};
    promises_.refused.insert(id);
}

void ledger::note_done(std::int64_t sequence) {
    const std::lock_guard lock{mutex_};
    promises_.done = std::max(promises_.done, sequence);
}

promises ledger::now() const {
    const std::lock_guard lock{mutex_};
    return promises_;
}

core::awaitable<void> add_order(database& database, std::int64_t id) {
    co_await database.write({}, [id](transaction& transaction) {
        // Of different lengths, so that rows cross the borders of pages at other places each time.
        transaction.execute("INSERT INTO orders (id, filling) VALUES (?1, hex(zeroblob(?2)))", id, id * 37 % 400);
        append_event(transaction, std::to_string(id));
    });
}

core::awaitable<void> handle_order(database& database, std::int64_t sequence) {
    co_await database.write({}, [sequence](transaction& transaction) {
        if (sequence == 1) notes.move(transaction, 1, 0);
        if (notes.mark_done(transaction, 1, sequence, sequence - 1))
            transaction.execute("INSERT INTO effects VALUES (?1)", sequence);
    });
}

database_settings torture_settings(const std::filesystem::path& folder, durability sync) {
    database_settings settings;
    settings.folder = folder;
    settings.name = "orders";
    settings.migrations = schema;
    settings.sync = sync;
    // Checkpoints are where most can go wrong, so there are many.
    settings.checkpoint_pages = 20;
    return settings;
}

core::awaitable<std::string> violation_in(std::filesystem::path folder, promises told, bool must_keep) {
    harness::world world;
    try {
        database database{world.runtime, torture_settings(folder, durability::full)};
        const auto violation = database.read([&](reader& reader) {
            const auto inconsistent = inconsistency(reader);
            return inconsistent.empty() ? broken_promise(reader, told, must_keep) : inconsistent;
        });
        if (!violation.empty()) co_return violation;
        const auto before = database.head();
        co_await add_order(database, 1'000'000);
        if (database.head() != before + 1) co_return "the log does not go on where it ended";
        database.stop();
        co_return "";
    } catch (const std::exception& failure) {
        co_return failure.what();
    }
}

}  // namespace storage::test
