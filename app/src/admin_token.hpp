#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace app {

// The secret that makes somebody admin: DATA/admin.token, mode 0600, 256 random bits. A token that another process
// rotates counts at once.
class admin_token {
public:
    explicit admin_token(const std::filesystem::path& data_directory) : file_{data_directory / "admin.token"} {}

    // Makes it on the first start. Throws core::fatal_error: storage_failed, or configuration when others can read the
    // file.
    void ensure();
    // A new one replaces the old one in one step.
    void rotate();
    // Read again only when the file has changed; empty when it cannot be read, so that nobody is admin.
    [[nodiscard]] const std::string& current();

private:
    std::filesystem::path file_;
    std::string token_;
    struct timespec changed_{};
};

}  // namespace app
