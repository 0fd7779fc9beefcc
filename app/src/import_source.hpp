#pragma once

#include <cstdint>
#include <string>

namespace app {

// A file that can be read from its beginning as often as is wanted. What can be read only once, such as standard input
// or a pipe, is copied to a temporary file that has no name. Throws core::fatal_error (usage) when it cannot be read.
class import_source {
public:
    // -: standard input.
    explicit import_source(const std::string& place);
    import_source(const import_source&) = delete;
    import_source& operator=(const import_source&) = delete;
    ~import_source();

    // Open at its beginning.
    [[nodiscard]] int from_the_start() const;
    [[nodiscard]] std::uint64_t size() const;
    // For people: what it is.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] bool is_copy() const noexcept { return is_copy_; }
    [[noreturn]] void fail(int error) const;

private:
    void copy();

    std::string name_;
    int file_ = -1;
    bool is_copy_ = false;
};

}  // namespace app
