#pragma once

#include <filesystem>
#include <string_view>

namespace app {

// False with errno.
[[nodiscard]] bool write_all(int file, std::string_view text);

// A file that is there when it is complete and synced: written beside its place and renamed. Where something stands
// that is no file, such as a device or a pipe, that is written to. Throws core::fatal_error (storage_failed).
class whole_file {
public:
    explicit whole_file(const std::filesystem::path& place);
    whole_file(const whole_file&) = delete;
    whole_file& operator=(const whole_file&) = delete;
    // Without finish() nothing is left.
    ~whole_file();

    void write(std::string_view text);
    void finish();

private:
    [[noreturn]] void fail(const char* what) const;

    std::filesystem::path place_;
    std::string aside_;  // empty: `place_` itself is written to
    int file_ = -1;
};

}  // namespace app
