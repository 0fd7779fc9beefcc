#pragma once

#include <cstddef>

namespace registration {

// Keeps the working memory of the password hash of this thread from one call to the next. libsodium maps and unmaps its
// 19 MiB each time, and the page faults are more than half of the time of a hash. While a guard lives, mmap and munmap
// of that size, on this thread, give and take the kept block (the linker sends them here, see CMakeLists.txt).
class kept_password_memory {
public:
    kept_password_memory();
    kept_password_memory(const kept_password_memory&) = delete;
    kept_password_memory& operator=(const kept_password_memory&) = delete;
    ~kept_password_memory();  // NOLINT(performance-trivially-destructible): only under a sanitizer, which has it so
};

}  // namespace registration
