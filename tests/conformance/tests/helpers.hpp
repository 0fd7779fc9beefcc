#pragma once

#include <conformance/fixture.hpp>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace conformance {

// Numbers 1 to `count`, in turn for subjects "k0" to "k<keys - 1>".
[[nodiscard]] inline std::vector<happened> events_for(int keys, int count) {
    std::vector<happened> events;
    for (int i = 0; i < count; ++i) events.push_back({"k" + std::to_string(i % keys), i + 1});
    return events;
}

// What each of the keys of events_for() must have seen, in this order.
[[nodiscard]] inline std::vector<std::int64_t> numbers_of_key(int key, int keys, int count) {
    std::vector<std::int64_t> numbers;
    for (int i = key; i < count; i += keys) numbers.push_back(i + 1);
    return numbers;
}

inline void expect_order(stage& stage, int keys, int count, const std::string& handler = "h") {
    for (int key = 0; key < keys; ++key)
        EXPECT_EQ(stage.numbers(consumer_1, handler, "k" + std::to_string(key)), numbers_of_key(key, keys, count))
            << "key " << key;
}

[[nodiscard]] inline std::vector<std::int64_t> up_to(int count) {
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
    std::iota(numbers.begin(), numbers.end(), 1);
    return numbers;
}

// A handler that cannot do anything.
inline core::awaitable<void> fail_always(const happened&, bus::delivery&) {
    throw std::runtime_error{"boom"};
    co_return;
}

// Until the end of the test, or of its process.
[[nodiscard]] inline script wait_for(const bool& gate) {
    return [&gate](const happened&, bus::delivery&) -> core::awaitable<void> {
        co_await harness::eventually([&gate] { return gate; });
    };
}

}  // namespace conformance
