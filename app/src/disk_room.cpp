#include "disk_room.hpp"

#include <sys/statvfs.h>

#include <chrono>

namespace app {
namespace {

constexpr std::chrono::seconds between_questions{1};

std::string kibibytes(std::uint64_t bytes) { return std::to_string(bytes / 1024) + " KiB"; }

}  // namespace

std::optional<std::uint64_t> free_bytes(const std::filesystem::path& folder) {
    struct statvfs disk{};
    if (::statvfs(folder.c_str(), &disk) != 0) return std::nullopt;
    return std::uint64_t{disk.f_bavail} * disk.f_frsize;
}

disk_room::disk_room(std::filesystem::path folder, std::uint64_t reserve, const core::clock& clock, measure measure)
    : folder_{std::move(folder)}, reserve_{reserve}, clock_{clock}, measure_{std::move(measure)} {}

const std::string& disk_room::trouble() {
    const auto now = clock_.monotonic();
    if (asked_ && now - *asked_ < between_questions) return trouble_;
    asked_ = now;
    trouble_.clear();
    const auto free = measure_(folder_);
    if (free && *free < reserve_)
        trouble_ = "the disk of " + folder_.string() + " has " + kibibytes(*free) + " left, less than the " +
                   kibibytes(reserve_) + " of storage.reserve; make room on it";
    return trouble_;
}

}  // namespace app
