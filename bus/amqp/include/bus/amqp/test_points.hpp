#pragma once

#include <array>
#include <string_view>

namespace bus::amqp {

// The places between two processes at which a test may let the program die (see core::test_point).
inline constexpr std::array<std::string_view, 8> test_points{
    "before publish",       "after publish",       "before confirm", "after confirm",
    "before send position", "after send position", "delivery",       "before acknowledgement",
};

}  // namespace bus::amqp
