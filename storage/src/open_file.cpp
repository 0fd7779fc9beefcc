#include "open_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <core/exit.hpp>
#include <storage/reader.hpp>
#include <storage/schema.hpp>
#include <system_error>

namespace storage {

std::span<const core::embedded_file> migrations();

namespace {

namespace fs = std::filesystem;
using core::exit_code;
using core::fatal_error;

constexpr std::int64_t application_id = 0x42555342;  // "BUSB"
// Reading a file of this size to check it takes less than a tenth of a second.
constexpr std::uintmax_t always_checked = std::uintmax_t{16} << 20U;
// And of this size about a second, which a start after an unclean end may take.
constexpr std::uintmax_t checked_when_unclean = std::uintmax_t{256} << 20U;

std::vector<migration> all_migrations(const database_settings& settings) {
    auto known = plan("storage", migrations());
    auto own = plan(settings.name, settings.migrations);
    known.insert(known.end(), own.begin(), own.end());
    return known;
}

void sync_path(const fs::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw std::system_error{errno, std::generic_category(), "opening " + path.string()};
    const int failed = ::fsync(descriptor);
    const int reason = errno;
    ::close(descriptor);
    if (failed != 0) throw std::system_error{reason, std::generic_category(), "syncing " + path.string()};
}

[[noreturn]] void refuse(const fs::path& file, const std::string& what) {
    throw fatal_error{
        exit_code::damaged_data,
        file.string() + " " + what +
            ". It was left as it is. Put back a backup of it, or move it away to begin with an empty one."};
}

void set_pragmas(connection& connection) {
    connection.run("PRAGMA journal_mode = WAL");
    connection.run("PRAGMA synchronous = FULL");
    connection.take_over_checkpoints();
    connection.run("PRAGMA journal_size_limit = 67108864");
    connection.run("PRAGMA cache_size = -8192");
    connection.run("PRAGMA temp_store = MEMORY");
}

// Made aside and renamed, so that a file of that name is always complete: a half-made one is never taken for a damaged
// one.
void make_new(const fs::path& file, const database_settings& settings, core::timestamp now) {
    const fs::path aside = file.string() + ".new";
    for (const auto* suffix : {"", "-wal", "-shm", "-journal"}) fs::remove(aside.string() + suffix);
    {
        connection fresh{aside, open_mode::create};
        fresh.run("PRAGMA synchronous = OFF");   // synced as a whole below
        fresh.run("PRAGMA journal_mode = WAL");  // stays in the file
        fresh.run("PRAGMA application_id = " + std::to_string(application_id));
        apply(fresh, all_migrations(settings), now);
        // Closing would do it too, but would not say that it failed: then half a file would get the name of a whole
        // one.
        fresh.checkpoint(checkpoint_kind::truncate);
    }
    sync_path(aside);
    fs::rename(aside, file);
    sync_path(file.parent_path());
}

bool closed_clean(connection& connection) {
    reader reader{connection};
    return reader.query_optional<bool>("SELECT closed_clean FROM log_state").value_or(false);
}

// The check tells of a page that the disk did not give as of any other fault of the file.
bool is_disk_trouble(const std::string& verdict) {
    constexpr std::string_view code_follows = "error code=";
    constexpr int primary_code_of_io = 10;
    const auto at = verdict.find(code_follows);
    return at != std::string::npos &&
           (std::atoi(verdict.c_str() + at + code_follows.size()) & 0xff) == primary_code_of_io;
}

void check_pages(connection& connection, const fs::path& file) {
    reader reader{connection};
    const auto verdict = reader.query_one<std::string>("PRAGMA quick_check(1)");
    if (verdict == "ok") return;
    if (is_disk_trouble(verdict)) throw error{failure::io, "reading all of it: " + verdict};
    refuse(file, "is damaged (" + verdict + ")");
}

// Through a connection that cannot write, so that a file we refuse stays as it is.
migration_state check(const fs::path& file, const database_settings& settings) {
    if (fs::file_size(file) == 0) refuse(file, "is empty, so it is not what Busbar left there");
    try {
        connection connection{file, open_mode::read_only};
        reader reader{connection};
        if (reader.query_one<std::int64_t>("PRAGMA application_id") != application_id)
            refuse(file, "is not a database of Busbar");
        auto state = compare(connection, all_migrations(settings));
        if (!state.newer.empty())
            refuse(file, "was written by a newer version of Busbar (" + state.newer + "), use that version");
        if (is_checked_whole(fs::file_size(file), closed_clean(connection))) check_pages(connection, file);
        return state;
    } catch (const error& failure) {
        if (failure.kind() == failure::damaged || failure.kind() == failure::other)
            refuse(file, std::string{"is damaged ("} + failure.what() + ")");
        throw;
    }
}

void back_up(connection& connection, const fs::path& file, const migration& next) {
    const auto folder = file.parent_path() / "backups";
    fs::create_directories(folder);
    // One name for each migration, so that one that fails at every start does not fill the disk; and never half a copy.
    const auto name = file.stem().string() + "-before-" + next.component + "-" + std::to_string(next.version) + ".db";
    const auto path = (folder / name).string() + ".new";
    fs::remove(path);
    auto& copy = connection.prepared("VACUUM INTO ?1");
    copy.bind(1, path);
    copy.step();
    copy.reset();
    sync_path(path);
    fs::rename(path, folder / name);
    sync_path(folder);
}

std::unique_ptr<connection> open_checked(const database_settings& settings, core::timestamp now) {
    const auto file = file_of(settings);
    if (!fs::exists(file)) {
        if (fs::exists(file.string() + "-wal"))
            refuse(file, "is missing, but its log " + file.filename().string() + "-wal is there");
        make_new(file, settings, now);
    }
    const auto state = check(file, settings);
    auto connection = std::make_unique<storage::connection>(file, open_mode::read_write);
    set_pragmas(*connection);
    if (!state.pending.empty()) {
        back_up(*connection, file, state.pending.front());
        apply(*connection, state.pending, now);
    }
    // Only now: a migration that rebuilds a table must not cascade into others.
    connection->run("PRAGMA foreign_keys = ON");
    return connection;
}

}  // namespace

bool is_checked_whole(std::uintmax_t size, bool was_closed_clean) {
    return size <= (was_closed_clean ? always_checked : checked_when_unclean);
}

fs::path file_of(const database_settings& settings) { return settings.folder / (settings.name + ".db"); }

std::unique_ptr<connection> open_for_writing(const database_settings& settings, core::timestamp now) {
    try {
        return open_checked(settings, now);
    } catch (const error& failure) {
        const auto code = failure.kind() == failure::damaged ? exit_code::damaged_data : exit_code::storage_failed;
        throw fatal_error{code, file_of(settings).string() + " cannot be used: " + failure.what()};
    } catch (const std::system_error& failure) {
        throw fatal_error{exit_code::storage_failed, file_of(settings).string() + " cannot be used: " + failure.what()};
    }
}

std::vector<migration_status> schema_status(const database_settings& settings) {
    const auto file = file_of(settings);
    const auto known = all_migrations(settings);
    const auto pending = fs::exists(file) ? check(file, settings).pending : known;
    std::vector<migration_status> all;
    for (const auto& one : known) {
        const bool is_pending = std::ranges::any_of(pending, [&](const migration& other) {
            return other.component == one.component && other.version == one.version;
        });
        all.push_back({one.component, one.name, !is_pending});
    }
    return all;
}

void migrate(const database_settings& settings, core::timestamp now) {
    const auto opened = open_for_writing(settings, now);
    // The opening of the log must see what an unclean end has left.
    if (!closed_clean(*opened)) opened->keep_wal();
}

}  // namespace storage
