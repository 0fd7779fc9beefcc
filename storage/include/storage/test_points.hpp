#pragma once

#include <array>
#include <string_view>

namespace storage {

// The places of the writer at which a test may let the program die (see core::test_point), in the order in which a
// write passes them.
inline constexpr std::array<std::string_view, 6> test_points{
    "before log insert", "after log insert", "before commit", "after commit", "before hand back", "after hand back",
};

}  // namespace storage
