#pragma once

#include <gtest/gtest.h>

#include <core/async.hpp>
#include <functional>

namespace harness {

// Runs a coroutine on an event loop of its own, for at most 10 s of real time. An exception that leaves it fails the
// test.
void run(const std::function<core::awaitable<void>()>& body);

// The loop of the coroutine test that runs now.
[[nodiscard]] core::executor loop();

// Lets everything run that is ready on the loop now.
core::awaitable<void> settle();

// Waits until `condition` holds. It is asked after each turn of the loop; the 10 s of the test are its limit.
core::awaitable<void> eventually(std::function<bool()> condition);

}  // namespace harness

// A test whose body is a coroutine.
#define CO_TEST(suite, name)                                  \
    static core::awaitable<void> suite##_##name##_body();     \
    TEST(suite, name) {                                       \
        harness::run([] { return suite##_##name##_body(); }); \
    }                                                         \
    static core::awaitable<void> suite##_##name##_body()

// GoogleTest's ASSERT_ returns, which a coroutine cannot.
#define CO_ASSERT_TRUE(condition)                    \
    if (!(condition)) {                              \
        ADD_FAILURE() << "expected: " << #condition; \
        co_return;                                   \
    }                                                \
    static_assert(true)
