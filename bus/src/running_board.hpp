#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace bus {

// Which events the handlers of one module are running, in a file that outlives the death of the process: a handler that
// kills it is known by what stands here at the next start, and cannot do so for ever.
//
// The file is mapped, so a note costs two stores and no system call. It is never synced: a handler takes the process
// with it, not the machine. After a power loss it may be out of date, so what it says is checked against the notes of
// the database. Loop thread.
class running_board {
public:
    struct place {
        std::uint64_t line = 0;  // line_of(handler, log)
        std::int64_t epoch = 0;
        std::int64_t sequence = 0;  // 0: free
    };

    // Makes the file, or takes over what a dead process left in it. Room for `places` events at a time and for all that
    // was left. Throws std::system_error.
    running_board(const std::filesystem::path& file, std::size_t places);
    running_board(const running_board&) = delete;
    running_board& operator=(const running_board&) = delete;
    ~running_board();

    [[nodiscard]] static std::uint64_t line_of(std::string_view handler, std::string_view log);

    // What was running when the process before this one died, and has not been forgotten since.
    [[nodiscard]] std::vector<place> left_behind(std::uint64_t line) const;
    void forget(const place& left);

    // Says that a handler begins; the answer is for end(). There is always room: no more run than were asked for.
    [[nodiscard]] std::size_t begin(std::uint64_t line, std::int64_t epoch, std::int64_t sequence);
    void end(std::size_t index);

private:
    void take_over(std::size_t room);

    std::span<place> places_;
    std::vector<std::size_t> free_;
    std::vector<std::size_t> left_;
};

}  // namespace bus
