#pragma once

#include <functional>
#include <string_view>

// Named places of the program at which a test may let it die, so that every crash that matters is tried on purpose.
// Builds without BUSBAR_TEST_POINTS (all that users get) have none of it.
namespace core {

#ifdef BUSBAR_TEST_POINTS

// Called with the name of each place that is reached, on the thread that reaches it. Set before the threads start.
inline std::function<void(std::string_view)>& test_point_hook() {
    static std::function<void(std::string_view)> hook;
    return hook;
}

inline void test_point(std::string_view name) {
    if (const auto& hook = test_point_hook()) hook(name);
}

#else

inline void test_point(std::string_view) {}

#endif

}  // namespace core
