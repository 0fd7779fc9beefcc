#pragma once

#include <filesystem>

namespace storage {

// The folder that holds everything a process keeps, held by one process at a time (flock on <folder>/lock, so a killed
// process holds nothing). Made with mode 0700 when it is missing.
//
// The constructor throws core::fatal_error: directory_held names the process that holds it, storage_failed says why
// nothing can be written there, configuration that it is no folder.
class data_directory {
public:
    explicit data_directory(std::filesystem::path path);
    data_directory(const data_directory&) = delete;
    data_directory& operator=(const data_directory&) = delete;
    ~data_directory();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
    int lock_ = -1;
};

}  // namespace storage
