#include "import_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <core/exit.hpp>
#include <cstdint>
#include <cstring>
#include <filesystem>

#include "whole_file.hpp"

namespace app {

using core::exit_code;
using core::fatal_error;

import_source::import_source(const std::string& place) : name_{place == "-" ? "standard input" : place} {
    file_ = place == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : ::open(place.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat facts{};
    if (file_ < 0 || ::fstat(file_, &facts) != 0) fail(errno);
    if (S_ISDIR(facts.st_mode)) fail(EISDIR);
    // Somebody may have read a part of a file that is standard input, so that is copied too.
    if (!S_ISREG(facts.st_mode) || place == "-") copy();
}

import_source::~import_source() {
    if (file_ >= 0) ::close(file_);
}

int import_source::from_the_start() const {
    if (::lseek(file_, 0, SEEK_SET) < 0) fail(errno);
    return file_;
}

std::uint64_t import_source::size() const {
    struct stat facts{};
    return ::fstat(file_, &facts) == 0 ? static_cast<std::uint64_t>(facts.st_size) : 0;
}

void import_source::copy() {
    const auto folder = std::filesystem::temp_directory_path().string();
    const int copy = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    const auto give_up = [&](const std::string& what) {
        const auto reason = what + ": " + std::strerror(errno);
        if (copy >= 0) ::close(copy);
        throw fatal_error{exit_code::storage_failed, reason};
    };
    if (copy < 0) give_up("no temporary file can be made in " + folder);
    std::array<char, 65536> piece{};
    while (true) {
        const auto size = ::read(file_, piece.data(), piece.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) give_up(name_);
        if (size == 0) break;
        if (!write_all(copy, {piece.data(), static_cast<std::size_t>(size)}))
            give_up("the temporary file in " + folder + " cannot be written");
    }
    ::close(file_);
    file_ = copy;
    is_copy_ = true;
}

void import_source::fail(int error) const { throw fatal_error{exit_code::usage, name_ + ": " + std::strerror(error)}; }

}  // namespace app
