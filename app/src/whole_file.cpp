#include "whole_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <core/exit.hpp>
#include <cstdlib>
#include <cstring>
#include <string>

namespace app {

namespace fs = std::filesystem;

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

whole_file::whole_file(const fs::path& place) : place_{place} {
    std::error_code none;
    if (fs::exists(place, none) && !fs::is_regular_file(place, none)) {
        if (fs::is_directory(place, none)) fail("is a folder");
        file_ = ::open(place_.c_str(), O_WRONLY | O_CLOEXEC);
    } else {
        if (const auto target = fs::canonical(place, none); !none) place_ = target;  // a link stays one
        aside_ = place_.string() + ".XXXXXX";
        file_ = ::mkostemp(aside_.data(), O_CLOEXEC);
    }
    if (file_ < 0) fail(std::strerror(errno));
}

whole_file::~whole_file() {
    if (file_ < 0) return;
    ::close(file_);
    if (!aside_.empty()) ::unlink(aside_.c_str());
}

void whole_file::write(std::string_view text) {
    if (!write_all(file_, text)) fail(std::strerror(errno));
}

void whole_file::finish() {
    if (!aside_.empty() && (::fsync(file_) != 0 || ::rename(aside_.c_str(), place_.c_str()) != 0))
        fail(std::strerror(errno));
    ::close(file_);
    file_ = -1;
}

void whole_file::fail(const char* what) const {
    throw core::fatal_error{core::exit_code::storage_failed, place_.string() + ": " + what};
}

}  // namespace app
