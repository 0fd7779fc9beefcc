#pragma once

#include <stdexcept>
#include <string>

namespace storage {

enum class failure {
    full,           // no space; nothing was written, and later writes may succeed
    overloaded,     // too many writes wait; nothing was written
    constraint,     // a UNIQUE, CHECK or FOREIGN KEY rule refused the row
    stopped,        // the database is closed or has failed for good
    damaged,        // the file is not what it should be
    damaged_index,  // a full-text index does not fit its table; who can make it anew catches this inside its unit
    io,             // the disk or file system failed
    other,          // a mistake in the program, most likely in its SQL
};

// Thrown by every call that reaches SQLite. The text is for the log.
class error : public std::runtime_error {
public:
    error(failure kind, const std::string& text) : std::runtime_error{text}, kind_{kind} {}

    [[nodiscard]] failure kind() const noexcept { return kind_; }
    // Trouble of the machine and not of what was asked: the same call may succeed later.
    [[nodiscard]] bool is_infrastructure() const noexcept {
        return kind_ != failure::constraint && kind_ != failure::other;
    }

private:
    failure kind_;
};

}  // namespace storage
