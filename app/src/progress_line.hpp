#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace app {

// How far a long command is, in one line of standard error that is written over; nothing at all where that is not a
// terminal. The line is gone when this ends, so that what is printed afterwards begins on a clean one.
class progress_line {
public:
    progress_line();
    progress_line(const progress_line&) = delete;
    progress_line& operator=(const progress_line&) = delete;
    ~progress_line();

    // At most ten times a second, so it may be called as often as there is something new.
    void show(std::string_view text);

private:
    const bool is_seen_;
    std::size_t width_ = 0;  // of what stands there
    std::chrono::steady_clock::time_point next_{};
};

}  // namespace app
