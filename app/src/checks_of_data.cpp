#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <core/exit.hpp>
#include <cstring>
#include <filesystem>
#include <storage/data_directory.hpp>
#include <storage/schema.hpp>

#include "checks.hpp"
#include "disk_room.hpp"
#include "module_databases.hpp"

namespace app {
namespace {

namespace fs = std::filesystem;

constexpr auto slow_sync = std::chrono::milliseconds{20};

// What is there of the folder, or above it.
fs::path nearest_folder(const fs::path& folder) {
    std::error_code error;
    auto nearest = fs::absolute(folder, error);
    while (!nearest.empty() && nearest != nearest.root_path() && !fs::is_directory(nearest, error))
        nearest = nearest.parent_path();
    return nearest;
}

std::string reason_of(int error) { return std::strerror(error); }

// A file that is gone once it is closed.
class scratch_file {
public:
    explicit scratch_file(const fs::path& folder) : path_{(folder / ".busbar-check-XXXXXX").string()} {
        file_ = ::mkostemp(path_.data(), O_CLOEXEC);
        if (file_ >= 0) ::unlink(path_.c_str());
    }
    scratch_file(const scratch_file&) = delete;
    scratch_file& operator=(const scratch_file&) = delete;
    ~scratch_file() {
        if (file_ >= 0) ::close(file_);
    }
    [[nodiscard]] int descriptor() const noexcept { return file_; }

private:
    std::string path_;
    int file_ = -1;
};

std::string milliseconds(std::chrono::nanoseconds time) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f ms", std::chrono::duration<double, std::milli>(time).count());
    return text.data();
}

}  // namespace

check_result check_data_folder(const config::settings& settings, bool is_served) {
    check_result result{"data folder", check_state::ok, settings.data.dir.string()};
    if (is_served) {
        result.detail += " is in use by the server that runs";
        return result;
    }
    if (!fs::exists(settings.data.dir)) {
        const auto above = nearest_folder(settings.data.dir);
        if (::access(above.c_str(), W_OK | X_OK) == 0) {
            result.detail += " is not there yet and will be made";
        } else {
            result.state = check_state::failed;
            result.detail += " cannot be made: " + above.string() + ": " + reason_of(errno) +
                             ". Make it, owned by the user who runs busbar.";
        }
        return result;
    }
    try {
        const storage::data_directory held{settings.data.dir};
        result.detail += " can be used";
    } catch (const core::fatal_error& reason) {
        result.state = check_state::failed;
        result.detail = reason.what();
    }
    return result;
}

check_result check_rights(const config::settings& settings) {
    check_result result{"rights", check_state::ok, "nobody else can read the data"};
    struct stat folder{};
    if (::stat(settings.data.dir.c_str(), &folder) != 0) {
        result.detail = "there is no data yet";
        return result;
    }
    if ((folder.st_mode & 077U) == 0) return result;  // then nobody else gets to what is inside
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{settings.data.dir, error}) {
        const auto rights = entry.status(error).permissions();
        if (error || (rights & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none) continue;
        result.state = check_state::failed;
        result.detail = entry.path().string() + " is open to others: chmod -R go= " + settings.data.dir.string();
        return result;
    }
    result.state = check_state::warning;
    result.detail = settings.data.dir.string() + " is open to others, its files are not: chmod 700 it";
    return result;
}

check_result check_schema(const config::settings& settings) {
    check_result result{"schema", check_state::ok, "of this version"};
    std::size_t pending = 0;
    bool is_fresh = true;
    try {
        for (const auto& database : database_settings_of(settings))
            for (const auto& migration : storage::schema_status(database)) {
                pending += migration.is_applied ? 0 : 1;
                is_fresh = is_fresh && !migration.is_applied;
            }
    } catch (const core::fatal_error& reason) {
        return {"schema", check_state::failed, reason.what()};
    }
    if (is_fresh)
        result.detail = "there is no data yet";
    else if (pending > 0)
        result.detail = std::to_string(pending) + " migrations will be applied at the next start, after a backup";
    return result;
}

check_result check_room(const config::settings& settings) {
    const auto folder = nearest_folder(settings.data.dir);
    const auto free = free_bytes(folder);
    if (!free) return {"disk", check_state::failed, folder.string() + ": nobody can say how much is free"};
    const auto reserve = settings.storage.reserve;
    check_result result{"disk", check_state::ok,
                        std::to_string(*free >> 20U) + " MiB free; changes are refused below " +
                            std::to_string(reserve >> 20U) + " MiB (storage.reserve)"};
    if (*free < reserve) {
        result.state = check_state::failed;
        result.detail += ". Make room on the disk of " + folder.string() + ".";
    } else if (*free < 4 * reserve) {
        result.state = check_state::warning;
        result.detail += ". Make room soon.";
    }
    return result;
}

check_result check_sync(const config::settings& settings) {
    constexpr std::size_t rounds = 15;
    constexpr std::array<char, 4096> page{};
    const auto folder = nearest_folder(settings.data.dir);
    const auto failed = [&](int error) {
        return check_result{"sync", check_state::failed, folder.string() + ": " + reason_of(error)};
    };
    const scratch_file file{folder};
    if (file.descriptor() < 0) return failed(errno);
    // The same page again and again, as in a write-ahead log that has its size: a file that grows takes longer to sync.
    const auto write_durably = [&] {
        return ::pwrite(file.descriptor(), page.data(), page.size(), 0) == static_cast<ssize_t>(page.size()) &&
               ::fdatasync(file.descriptor()) == 0;
    };
    if (!write_durably()) return failed(errno);
    std::array<std::chrono::nanoseconds, rounds> times{};
    for (auto& time : times) {
        const auto began = std::chrono::steady_clock::now();
        if (!write_durably()) return failed(errno);
        time = std::chrono::steady_clock::now() - began;
    }
    std::ranges::sort(times);
    const auto median = times[rounds / 2];
    check_result result{"sync", check_state::ok, "the disk keeps a page in " + milliseconds(median)};
    if (median > slow_sync) {
        result.state = check_state::warning;
        result.detail += ": every change waits for that, so a quicker disk makes all of them quicker";
    }
    return result;
}

}  // namespace app
