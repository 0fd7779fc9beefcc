#pragma once

#include <array>
#include <string_view>

namespace bus {

// The places of a delivery at which a test may let the program die (see core::test_point): the ring of a commit, a
// handler with its commit, and what becomes of an event that failed.
inline constexpr std::array<std::string_view, 8> test_points{
    "before ring",  "after ring",  "handler start", "before effect",
    "after effect", "handler end", "before park",   "after park",
};

// And those of a copy of another process's log.
inline constexpr std::array<std::string_view, 2> replica_test_points{"before replica commit", "after replica commit"};

}  // namespace bus
