#include "admin_token.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <core/exit.hpp>
#include <core/hex.hpp>
#include <cstring>
#include <fstream>

namespace app {
namespace {

using core::exit_code;
using core::fatal_error;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& doing) {
    throw fatal_error{exit_code::storage_failed, file.string() + ": " + doing + ": " + std::strerror(errno)};
}

void write_private(const std::filesystem::path& file, const std::string& text) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) refuse(file, "the admin token cannot be written");
    const bool written =
        ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(descriptor) == 0;
    ::close(descriptor);
    if (!written) refuse(file, "the admin token cannot be written");
}

}  // namespace

void admin_token::ensure() {
    struct stat status{};
    if (::stat(file_.c_str(), &status) != 0) return rotate();
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        throw fatal_error{exit_code::configuration,
                          file_.string() + " can be read by others; run chmod 600 on it, then busbar token --rotate"};
}

void admin_token::rotate() {
    std::error_code error;
    std::filesystem::create_directories(file_.parent_path(), error);
    const auto aside = file_.string() + ".new";
    write_private(aside, core::random_token() + "\n");
    if (::rename(aside.c_str(), file_.c_str()) != 0) refuse(file_, "the admin token cannot be replaced");
}

const std::string& admin_token::current() {
    struct stat status{};
    if (::stat(file_.c_str(), &status) != 0) {
        token_.clear();
        changed_ = {};
    } else if (status.st_mtim.tv_sec != changed_.tv_sec || status.st_mtim.tv_nsec != changed_.tv_nsec) {
        token_.clear();
        std::ifstream{file_} >> token_;
        changed_ = status.st_mtim;
    }
    return token_;
}

}  // namespace app
