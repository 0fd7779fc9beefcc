#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <core/exit.hpp>
#include <cstring>
#include <storage/data_directory.hpp>
#include <string>

namespace storage {
namespace {

using core::exit_code;
using core::fatal_error;

// Less than this and the first commits would fail half-way through the start.
constexpr unsigned long long reserve_bytes = 4ULL << 20U;

[[noreturn]] void refuse(const std::filesystem::path& path, int reason, const std::string& doing) {
    const bool wrong_place = reason == ENOTDIR || reason == EEXIST;
    throw fatal_error{wrong_place ? exit_code::configuration : exit_code::storage_failed,
                      "the data directory " + path.string() + " cannot be used: " + doing + ": " +
                          std::strerror(reason) + (wrong_place ? ". Give a folder with --data." : "")};
}

std::string holder_of(int lock) {
    std::array<char, 32> text{};
    const auto size = ::pread(lock, text.data(), text.size() - 1, 0);
    std::string pid{text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
    while (!pid.empty() && pid.back() == '\n') pid.pop_back();
    return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

data_directory::data_directory(std::filesystem::path path) : path_{std::move(path)} {
    if (path_.has_parent_path()) {
        std::error_code error;
        std::filesystem::create_directories(path_.parent_path(), error);
        if (error) refuse(path_, error.value(), "making the folder above it");
    }
    if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) refuse(path_, errno, "making it");
    if (!std::filesystem::is_directory(path_)) refuse(path_, ENOTDIR, "opening it");
    lock_ = ::open((path_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0) refuse(path_, errno, "writing its lock file");
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        const auto holder = holder_of(lock_);
        ::close(lock_);
        throw fatal_error{exit_code::directory_held, "the data directory " + path_.string() + " is held by " + holder +
                                                         ". Stop that process, or give another folder with --data."};
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    const bool written =
        ::ftruncate(lock_, 0) == 0 && ::pwrite(lock_, pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size());
    const int reason = errno;
    struct statvfs space{};
    const bool has_room =
        written && ::statvfs(path_.c_str(), &space) == 0 && space.f_bavail * space.f_frsize >= reserve_bytes;
    if (has_room) return;
    ::close(lock_);
    refuse(path_, written ? ENOSPC : reason, written ? "less than 4 MiB are free" : "writing its lock file");
}

// The file stays: a name that comes and goes could be locked twice, once before and once after.
data_directory::~data_directory() { ::close(lock_); }

}  // namespace storage
