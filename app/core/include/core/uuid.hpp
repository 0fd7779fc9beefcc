#pragma once

#include <array>
#include <atomic>
#include <core/clock.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace core {

// Fills `bytes` from the kernel's generator (getrandom). For identifiers and for secrets. Any thread.
void random_bytes(std::span<std::byte> bytes);

// From the same generator, some at a time: what is still to be given away lies in memory. For identifiers, not for
// secrets. Any thread.
[[nodiscard]] std::uint64_t random_word();

// Makes UUIDs of version 7 (RFC 9562, section 5.7): 48 bits of milliseconds, then a 12-bit counter (section 6.2, method
// 1), then 62 random bits. Each id of one generator is greater than all before it, also when the wall clock steps back.
// Any thread.
class uuid_generator {
public:
    explicit uuid_generator(const clock& clock) : clock_{clock} {}

    [[nodiscard]] std::string next();

private:
    const clock& clock_;
    std::atomic<std::uint64_t> last_{0};  // milliseconds << 12 | counter
};

// Lower-case 8-4-4-4-12 form.
[[nodiscard]] bool is_uuid(std::string_view text);

}  // namespace core
