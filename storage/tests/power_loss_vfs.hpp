#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include "disk_model.hpp"

namespace storage::test {

enum class disk_operation { read, write, sync, any };

// What goes wrong, from the (skip + 1)th operation of its kind on.
struct disk_fault {
    disk_operation operation = disk_operation::any;
    std::string file_ends_with{};  // ".db" is the main file
    int code = SQLITE_IOERR;       // SQLITE_IOERR takes the form of the operation
    std::size_t skip = 0;
    bool once = true;
};

// Under every database of this program, once it is installed: the operating system's file system, which fails on
// demand, and which knows for the files of one folder what a power loss would leave of them. It syncs nothing really,
// since nobody pulls the plug of a test. Any thread.
class power_loss_vfs {
public:
    // The default file system of SQLite from the first call on.
    static power_loss_vfs& install();

    power_loss_vfs(const power_loss_vfs&) = delete;
    power_loss_vfs& operator=(const power_loss_vfs&) = delete;

    // Follows the databases in `folder` that are opened from now on; what is there now counts as synced. `before_sync`
    // is called on the thread that syncs: the moment in which most is at stake.
    void watch(const std::filesystem::path& folder, std::function<void()> before_sync);
    void unwatch();
    // A disk that says that it has synced and has not.
    void lie_about_syncs(bool lies);
    [[nodiscard]] folder_image after_power_loss(std::mt19937_64& random);

    void inject(disk_fault fault);
    // True when the fault has struck.
    bool heal();

private:
    power_loss_vfs();

    // SQLite calls these; the methods of an open file are the real ones with a few replaced.
    struct methods : sqlite3_io_methods {
        const sqlite3_io_methods* real = nullptr;
    };
    static int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out);
    static int remove(sqlite3_vfs*, const char* name, int sync_folder);
    static int close(sqlite3_file* file);
    static int read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset);
    static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset);
    static int truncate(sqlite3_file* file, sqlite3_int64 size);
    static int sync(sqlite3_file* file, int flags);
    static const sqlite3_io_methods& real(sqlite3_file* file);

    [[nodiscard]] int fault_in(disk_operation operation, sqlite3_file* file);
    // Does something to the model with the name of the file, when that is watched.
    void with_watched(sqlite3_file* file, const std::function<void(disk_model&, const std::string&)>& action);
    [[nodiscard]] bool is_watched(const std::filesystem::path& file) const;

    sqlite3_vfs* original_;
    sqlite3_vfs vfs_;
    std::mutex mutex_;
    std::map<const sqlite3_io_methods*, methods> methods_;
    std::map<sqlite3_file*, std::filesystem::path> open_;
    std::filesystem::path folder_;
    std::optional<disk_model> model_;
    std::function<void()> before_sync_;
    bool lies_ = false;
    std::optional<disk_fault> fault_;
    bool has_struck_ = false;
};

// The files that SQLite keeps in a folder, but for the shared memory, which no disk holds.
[[nodiscard]] folder_image read_folder(const std::filesystem::path& folder);
void write_folder(const std::filesystem::path& folder, const folder_image& image);

}  // namespace storage::test
