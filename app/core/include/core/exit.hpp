#pragma once

#include <stdexcept>
#include <string>

namespace core {

// Exit codes of the program, after sysexits.h where it has a fitting one.
enum class exit_code : int {
    done = 0,
    no = 1,
    usage = 64,
    damaged_data = 65,
    unavailable = 69,
    internal = 70,
    storage_failed = 74,
    directory_held = 75,
    configuration = 78,
};

// Ends the program: the message is for the operator and says what to do.
class fatal_error : public std::runtime_error {
public:
    fatal_error(exit_code code, const std::string& message) : std::runtime_error{message}, code_{code} {}

    [[nodiscard]] exit_code code() const noexcept { return code_; }

private:
    exit_code code_;
};

}  // namespace core
