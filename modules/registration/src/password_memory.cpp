#include "password_memory.hpp"

#include <sodium.h>
#include <sys/mman.h>

#ifdef BUSBAR_KEEPS_PASSWORD_MEMORY

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier): the linker's --wrap gives these names.
void* __real_mmap(void* address, std::size_t length, int protection, int flags, int descriptor, off_t offset);
int __real_munmap(void* address, std::size_t length);
void* __wrap_mmap(void* address, std::size_t length, int protection, int flags, int descriptor, off_t offset);
int __wrap_munmap(void* address, std::size_t length);
}

namespace {

// Everything of a hash is in blocks of this size or larger; smaller mappings are none of our business.
constexpr std::size_t least = std::size_t{8} << 20U;

struct block {
    void* address = nullptr;
    std::size_t length = 0;
    bool is_active = false;  // a guard lives
    bool is_lent = false;

    block() = default;
    block(const block&) = delete;
    block& operator=(const block&) = delete;
    // The thread ends: what passwords left in the block goes with it.
    ~block() { give_back(); }

    void give_back() {
        if (address == nullptr) return;
        sodium_memzero(address, length);
        __real_munmap(address, length);
        address = nullptr;
    }
};

thread_local block kept;

}  // namespace

void* __wrap_mmap(void* address, std::size_t length, int protection, int flags, int descriptor, off_t offset) {
    const bool is_ours = kept.is_active && !kept.is_lent && address == nullptr && descriptor == -1 && length >= least;
    if (!is_ours) return __real_mmap(address, length, protection, flags, descriptor, offset);
    if (kept.length != length) kept.give_back();
    if (kept.address == nullptr) {
        void* fresh = __real_mmap(nullptr, length, protection, flags, descriptor, offset);
        if (fresh == MAP_FAILED) return fresh;
        ::madvise(fresh, length, MADV_DONTDUMP);
        kept.address = fresh;
        kept.length = length;
    }
    kept.is_lent = true;
    return kept.address;
}

int __wrap_munmap(void* address, std::size_t length) {
    if (!kept.is_lent || address != kept.address) return __real_munmap(address, length);
    kept.is_lent = false;
    return 0;
}
// NOLINTEND(bugprone-reserved-identifier)

registration::kept_password_memory::kept_password_memory() { kept.is_active = true; }
registration::kept_password_memory::~kept_password_memory() { kept.is_active = false; }

#else

registration::kept_password_memory::kept_password_memory() = default;
registration::kept_password_memory::~kept_password_memory() = default;

#endif
