#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <core/task_group.hpp>
#include <storage/database.hpp>
#include <vector>

#include "bench.hpp"

namespace bench {
namespace {

constexpr std::array<core::embedded_file, 1> schema{{
    {"0001_users.sql",
     "CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE) STRICT, WITHOUT ROWID;"},
}};

void check(int code) {
    if (code != SQLITE_OK && code != SQLITE_DONE) std::abort();
}

// The reference: bare SQLite, the same rows, a transaction for each unit, on one thread.
double bare_sqlite_one_by_one(const std::filesystem::path& file, int units) {
    sqlite3* connection = nullptr;
    check(sqlite3_open(file.c_str(), &connection));
    const auto run = [&](const char* sql) { check(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr)); };
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE) STRICT, WITHOUT "
        "ROWID;"
        "CREATE TABLE event_log (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, data TEXT NOT "
        "NULL) STRICT;");
    sqlite3_stmt* user = nullptr;
    sqlite3_stmt* event = nullptr;
    check(sqlite3_prepare_v2(connection, "INSERT INTO users VALUES (?1, 'Ada', ?1)", -1, &user, nullptr));
    check(sqlite3_prepare_v2(connection, "INSERT INTO event_log VALUES (?1, 'id', 'bench.user_added', '{}')", -1,
                             &event, nullptr));
    const auto took = seconds([&] {
        for (int i = 0; i < units; ++i) {
            run("BEGIN IMMEDIATE");
            const auto id = std::to_string(i);
            check(sqlite3_bind_text(user, 1, id.c_str(), -1, SQLITE_TRANSIENT));
            check(sqlite3_step(user));
            check(sqlite3_reset(user));
            check(sqlite3_bind_int(event, 1, i + 1));
            check(sqlite3_step(event));
            check(sqlite3_reset(event));
            run("COMMIT");
        }
    });
    sqlite3_finalize(user);
    sqlite3_finalize(event);
    sqlite3_close(connection);
    return units / took;
}

// Seconds a row of an event log costs without its share of a sync.
double bare_sqlite_insert(const std::filesystem::path& file) {
    constexpr int rows = 100'000;
    sqlite3* connection = nullptr;
    check(sqlite3_open(file.c_str(), &connection));
    const auto run = [&](const char* sql) { check(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr)); };
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
        "CREATE TABLE event_log (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, data TEXT NOT "
        "NULL) STRICT;");
    sqlite3_stmt* insert = nullptr;
    check(sqlite3_prepare_v2(connection, "INSERT INTO event_log VALUES (?1, 'id', 'bench.user_added', '{}')", -1,
                             &insert, nullptr));
    const auto took = seconds([&] {
        for (int i = 0; i < rows; ++i) {
            if (i % 500 == 0) run("BEGIN IMMEDIATE");
            check(sqlite3_bind_int(insert, 1, i + 1));
            check(sqlite3_step(insert));
            check(sqlite3_reset(insert));
            if (i % 500 == 499) run("COMMIT");
        }
    });
    sqlite3_finalize(insert);
    sqlite3_close(connection);
    return took / rows;
}

double median_sync(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) std::abort();
    const std::string page(4096, 'x');
    std::vector<double> times;
    for (int i = 0; i < 200; ++i)
        times.push_back(seconds([&] {
            if (::pwrite(file, page.data(), page.size(), 4096 * i) != 4096 || ::fdatasync(file) != 0) std::abort();
        }));
    ::close(file);
    std::ranges::nth_element(times, times.begin() + 100);
    return times[100];
}

core::awaitable<void> write_units(storage::database& database, int first, int count) {
    for (int i = first; i < first + count; ++i) {
        co_await database.write({}, [i](storage::transaction& transaction) {
            transaction.execute("INSERT INTO users VALUES (?1, ?2, ?3)", std::to_string(i), "Ada", std::to_string(i));
            storage::event_record record;
            record.type = "bench.user_added";
            record.key = std::to_string(i);
            record.data = "{}";
            transaction.append(std::move(record), {});
        });
    }
}

core::awaitable<void> write_from(loop& loop, storage::database& database, int writers, int units) {
    core::task_group tasks{loop.context.get_executor(), loop.clock, loop.runtime.log_for("bench")};
    for (int i = 0; i < writers; ++i)
        tasks.spawn("writer", write_units(database, i * (units / writers), units / writers));
    co_await tasks.join();
}

double busbar(int writers, int units) {
    loop loop;
    const folder folder;
    storage::database_settings settings;
    settings.folder = folder.path;
    settings.name = "bench";
    settings.migrations = schema;
    storage::database database{loop.runtime, settings};
    const auto took = seconds([&] { loop.run(write_from(loop, database, writers, units)); });
    database.stop();
    loop.context.poll();
    return units / took;
}

}  // namespace

void durable_units() {
    const folder folder;
    report("a sync of 4 KiB (fdatasync), median", median_sync(folder.path / "sync") * 1e6, "us");
    report("a bare SQLite insert, 500 in a transaction", bare_sqlite_insert(folder.path / "insert.db") * 1e9, "ns");
    const auto reference = bare_sqlite_one_by_one(folder.path / "bare.db", 10'000);
    report("durable units, bare SQLite, one transaction each", reference, "/s");
    report("durable units, 1 writer", busbar(1, 10'000), "/s", reference);
    report("durable units, group commit, 8 writers", busbar(8, 40'000), "/s", reference);
    report("durable units, group commit, 64 writers", busbar(64, 100'000), "/s", reference);
    report("durable units, group commit, 256 writers", busbar(256, 100'000), "/s", reference);
}

}  // namespace bench
