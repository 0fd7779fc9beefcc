#include "connection.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <mutex>

namespace storage {
namespace {

failure classify(int extended, int system_error) {
    // What a failed sync has lost is lost, whatever the reason it gives.
    if (extended == SQLITE_IOERR_FSYNC || extended == SQLITE_IOERR_DIR_FSYNC) return failure::io;
    if (system_error == ENOSPC || system_error == EDQUOT) return failure::full;
    if (extended == SQLITE_CORRUPT_VTAB) return failure::damaged_index;
    switch (extended & 0xff) {
        case SQLITE_FULL:
            return failure::full;
        case SQLITE_CONSTRAINT:
            return failure::constraint;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return failure::damaged;
        case SQLITE_IOERR:
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return failure::io;
        case SQLITE_CANTOPEN:  // too many open files, most likely
        case SQLITE_BUSY:
        case SQLITE_NOMEM:
            return failure::overloaded;
        default:
            return failure::other;
    }
}

int flags_of(open_mode mode) {
    switch (mode) {
        case open_mode::read_only:
            return SQLITE_OPEN_READONLY;
        case open_mode::read_write:
            return SQLITE_OPEN_READWRITE;
        case open_mode::create:
            return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    }
    return SQLITE_OPEN_READONLY;
}

// Only for the moment in which SQLite recovers a log; the one writer never waits for another.
constexpr int usual_patience_ms = 5000;

struct checkpoint_manner {
    int mode;
    int patience_ms;
};

// The patience is spent on the writer thread: commits wait meanwhile.
checkpoint_manner manner_of(checkpoint_kind kind) {
    switch (kind) {
        case checkpoint_kind::none:
        case checkpoint_kind::passive:
            break;
        case checkpoint_kind::restart:
            return {SQLITE_CHECKPOINT_RESTART, 50};
        case checkpoint_kind::truncate:
            return {SQLITE_CHECKPOINT_TRUNCATE, 1000};
    }
    return {SQLITE_CHECKPOINT_PASSIVE, 0};
}

// Usually each B-tree in memory takes room for 20 pages at once, and SQLite makes one for each statement that has
// RETURNING, or a column with CHECK (… IN (three values or more)). That is 90 KiB which malloc gets from the kernel and
// gives back, every time: 0.4 ms of page faults in a virtual machine. Page by page it is reused memory.
//
// And without the count of memory in use, which nobody reads, malloc takes no lock of SQLite's.
void tune_memory() {
    static std::once_flag once;
    // Refused when SQLite is in use already, as by a test's own file system: then it is only slower.
    std::call_once(once, [] {
        sqlite3_config(SQLITE_CONFIG_PAGECACHE, nullptr, 0, 0);
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    });
}

}  // namespace

error last_error(sqlite3& connection, std::string_view doing) {
    const int extended = sqlite3_extended_errcode(&connection);
    const bool has_system_error = (extended & 0xff) == SQLITE_IOERR || (extended & 0xff) == SQLITE_CANTOPEN;
    const int system_error = has_system_error ? sqlite3_system_errno(&connection) : 0;
    return error{classify(extended, system_error),
                 std::string{doing} + ": " + sqlite3_errmsg(&connection) + " (" + std::to_string(extended) + ")"};
}

connection::connection(const std::filesystem::path& file, open_mode mode) {
    tune_memory();
    const int code =
        sqlite3_open_v2(file.c_str(), &handle_, flags_of(mode) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    if (code == SQLITE_OK) {
        sqlite3_busy_timeout(handle_, usual_patience_ms);
        return;
    }
    const auto failure = handle_ == nullptr ? error{failure::overloaded, "no memory to open " + file.string()}
                                            : last_error(*handle_, "opening " + file.string());
    sqlite3_close_v2(handle_);
    throw failure;
}

connection::~connection() {
    statements_.clear();
    sqlite3_close_v2(handle_);
}

void connection::run(const std::string& sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        throw last_error(*handle_, sql.substr(0, 200));
}

statement& connection::prepared(std::string_view sql) {
    if (const auto known = statements_.find(sql); known != statements_.end()) return *known->second;
    return *statements_.emplace(std::string{sql}, std::make_unique<statement>(*handle_, sql)).first->second;
}

std::int64_t connection::changes() const { return sqlite3_changes64(handle_); }

void connection::take_over_checkpoints() noexcept {
    // SQLite's automatic checkpoint is a hook of this kind too, and goes with it.
    const auto note = [](void* self, sqlite3*, const char*, int pages) {
        static_cast<connection*>(self)->wal_pages_ = static_cast<std::size_t>(pages);
        return SQLITE_OK;
    };
    sqlite3_wal_hook(handle_, note, this);
}

void connection::checkpoint(checkpoint_kind kind) {
    const auto manner = manner_of(kind);
    sqlite3_busy_timeout(handle_, manner.patience_ms);
    const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, manner.mode, nullptr, nullptr);
    // Before anything else is asked of the connection: the next call replaces what it reports.
    const auto failure = last_error(*handle_, "copying the WAL into the file");
    sqlite3_busy_timeout(handle_, usual_patience_ms);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) throw failure;
}

void connection::keep_wal() noexcept { sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

bool connection::autocommit() const { return sqlite3_get_autocommit(handle_) != 0; }

}  // namespace storage
