#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <core/async.hpp>
#include <functional>
#include <string>

namespace harness {

// Runs a coroutine on an event loop of its own, for at most `limit` of real time. An exception that leaves it fails the
// test.
void run(const std::function<core::awaitable<void>()>& body, std::chrono::seconds limit = std::chrono::seconds{30});

// The loop of the coroutine test that runs now.
[[nodiscard]] core::executor loop();

// Lets everything run that is ready on the loop now.
core::awaitable<void> settle();

// Waits until `condition` holds. It is asked after each turn of the loop; the 30 s of the test are its limit.
core::awaitable<void> eventually(std::function<bool()> condition);

// Goes on in a turn of the loop that belongs to nobody else. One commit resumes all who wait for it, one after the
// other: who is resumed first and then blocks the loop, as finish() does, would wait for those behind it for ever.
core::awaitable<void> own_turn();

// Runs `work` to its end, here and now. For destructors inside a CO_TEST, which cannot await; everything else awaits.
// What was awaited last before it must have ended with own_turn().
void finish(core::awaitable<void> work);

// What helps to understand a failed test. It is asked for and printed when the test runs into its limit, and by
// print_if_failed(), which its owner calls when it is about to end.
class failure_text {
public:
    explicit failure_text(std::function<std::string()> describe);
    failure_text(const failure_text&) = delete;
    failure_text& operator=(const failure_text&) = delete;
    ~failure_text();

    // Also while an exception is on its way out of the test.
    void print_if_failed() const;
    [[nodiscard]] std::string describe() const;

private:
    std::function<std::string()> describe_;
};

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
