#include <sqlite3.h>

#include <atomic>
#include <map>

#include "fixture.hpp"

namespace storage::test {
namespace {

// Under every database of this program: the operating system's file system, whose syncs fail on demand.
class failing_disk {
public:
    static failing_disk& install() {
        static failing_disk disk;
        return disk;
    }
    std::atomic<bool> fails_to_sync{false};

private:
    failing_disk() {
        original_ = sqlite3_vfs_find(nullptr);
        vfs_ = *original_;
        vfs_.zName = "failing";
        vfs_.xOpen = &open;
        sqlite3_vfs_register(&vfs_, 1);
    }

    static int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out) {
        const int code = original_->xOpen(original_, name, file, flags, out);
        if (code == SQLITE_OK && file->pMethods != nullptr) {
            // The main file and its log have methods of their own, which differ in locking but not in syncing.
            auto& mine = methods_.try_emplace(file->pMethods, *file->pMethods).first->second;
            real_sync_ = file->pMethods->xSync;
            mine.xSync = &sync;
            file->pMethods = &mine;
        }
        return code;
    }

    static int sync(sqlite3_file* file, int flags) {
        return install().fails_to_sync ? SQLITE_IOERR_FSYNC : real_sync_(file, flags);
    }

    static inline sqlite3_vfs* original_ = nullptr;
    static inline std::map<const sqlite3_io_methods*, sqlite3_io_methods> methods_;
    static inline int (*real_sync_)(sqlite3_file*, int) = nullptr;
    sqlite3_vfs vfs_{};
};

core::awaitable<std::optional<failure>> try_to_write(database& database) {
    std::optional<failure> kind;
    try {
        co_await database.write({}, [](transaction& transaction) { append_event(transaction, "key"); });
    } catch (const error& thrown) {
        kind = thrown.kind();
    }
    co_return kind;
}

}  // namespace

// PostgreSQL's lesson of 2018: after a failed sync the next may lie, so the first failure is the last write.
CO_TEST(failing_disk, a_failed_sync_ends_all_writing_and_acknowledges_nothing) {
    harness::world world;
    auto& disk = failing_disk::install();
    database database{world.runtime, settings_in(world)};
    EXPECT_EQ(co_await try_to_write(database), std::nullopt);

    disk.fails_to_sync = true;
    const auto first = co_await try_to_write(database);
    disk.fails_to_sync = false;
    const auto second = co_await try_to_write(database);

    EXPECT_EQ(first, failure::io);
    EXPECT_EQ(second, failure::stopped);
    CO_ASSERT_TRUE(world.fatal.has_value());
    EXPECT_EQ(world.fatal->code(), core::exit_code::storage_failed);
    EXPECT_FALSE(database.trouble().empty());
    EXPECT_EQ(database.events_after(0, 10).size(), 1U);
}

}  // namespace storage::test
