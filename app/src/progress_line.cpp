#include "progress_line.hpp"

#include <unistd.h>

#include <cstdio>

namespace app {
namespace {

constexpr std::chrono::milliseconds between_looks{100};

}  // namespace

progress_line::progress_line() : is_seen_{::isatty(STDERR_FILENO) != 0} {}

progress_line::~progress_line() {
    if (width_ > 0) std::fprintf(stderr, "\r%*s\r", static_cast<int>(width_), "");
}

void progress_line::show(std::string_view text) {
    const auto now = std::chrono::steady_clock::now();
    if (!is_seen_ || now < next_) return;
    next_ = now + between_looks;
    const auto blanks = width_ > text.size() ? width_ - text.size() : 0;
    std::fprintf(stderr, "\r%.*s%*s", static_cast<int>(text.size()), text.data(), static_cast<int>(blanks), "");
    std::fflush(stderr);
    width_ = text.size();
}

}  // namespace app
