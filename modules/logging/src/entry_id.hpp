#pragma once

#include <core/clock.hpp>
#include <cstdint>

// An entry's id has its time in it: milliseconds since 1970, then a number within the millisecond. It is below 2^53
// until the year 2248, so that programs which know no other numbers than doubles can have it.
namespace logging::entry_id {

inline constexpr std::int64_t in_millisecond = 1024;

// The first that an entry of that time may have, and 0 for times before 1970.
[[nodiscard]] constexpr std::int64_t first_at(core::timestamp time) {
    const std::int64_t count = time.time_since_epoch().count();
    return count < 0 ? 0 : count * in_millisecond;
}
[[nodiscard]] constexpr core::timestamp time_of(std::int64_t id) {
    return core::timestamp{std::chrono::milliseconds{id / in_millisecond}};
}
[[nodiscard]] constexpr std::int64_t ids_in(std::chrono::milliseconds duration) {
    return duration.count() * in_millisecond;
}

// From `first` up to, but not including, `end`.
struct range {
    std::int64_t first = 0;
    std::int64_t end = INT64_MAX;

    [[nodiscard]] constexpr bool is_empty() const { return first >= end; }
    [[nodiscard]] constexpr range within(std::int64_t least, std::int64_t beyond) const {
        return {first > least ? first : least, end < beyond ? end : beyond};
    }
};

}  // namespace logging::entry_id
