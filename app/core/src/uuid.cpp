#include <sys/random.h>

#include <cerrno>
#include <core/hex.hpp>
#include <core/uuid.hpp>
#include <cstring>
#include <system_error>

namespace core {

// A system call an id would cost more than the rest of the id, so each thread keeps a few hundred random bytes.
std::uint64_t random_word() {
    thread_local std::array<std::uint64_t, 64> words;
    thread_local std::size_t used = words.size();
    if (used == words.size()) {
        random_bytes(std::as_writable_bytes(std::span{words}));
        used = 0;
    }
    return words[used++];
}

void random_bytes(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        const auto got = ::getrandom(bytes.data(), bytes.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw std::system_error{errno, std::generic_category(), "getrandom"};
        bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
}

std::string uuid_generator::next() {
    const auto now = static_cast<std::uint64_t>(clock_.now().time_since_epoch().count()) << 12U;
    auto last = last_.load(std::memory_order_relaxed);
    std::uint64_t mine = 0;
    do {
        // The same or an earlier millisecond counts on; a full counter borrows from the next millisecond.
        mine = now > last ? now : last + 1;
    } while (!last_.compare_exchange_weak(last, mine, std::memory_order_relaxed));

    const std::uint64_t high = (mine >> 12U) << 16U | 0x7000U | (mine & 0xfffU);
    const std::uint64_t low = (random_word() >> 2U) | std::uint64_t{1} << 63U;
    std::array<std::byte, 16> bytes{};
    for (unsigned i = 0; i < 8; ++i) {
        bytes[i] = static_cast<std::byte>(high >> (56 - 8 * i));
        bytes[8 + i] = static_cast<std::byte>(low >> (56 - 8 * i));
    }
    std::string text = to_hex(bytes);
    for (const std::size_t dash : {8U, 13U, 18U, 23U}) text.insert(dash, 1, '-');
    return text;
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !std::string_view{"0123456789abcdef"}.contains(text[i])) return false;
    }
    return true;
}

}  // namespace core
