#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "topology.hpp"
#include "wire_message.hpp"

// What everything is compared with: the library alone, with the same confirms, prefetch and acknowledgements.
namespace bus::amqp::bench {

inline constexpr std::uint64_t messages = 100'000;
inline constexpr std::uint64_t window = 1000;
inline constexpr std::uint16_t prefetch = 2000;
inline constexpr std::uint64_t acknowledge_every = 100;
inline constexpr int runs = 5;
inline const std::string body(256, 'x');

[[nodiscard]] queue quorum_queue(const std::string& name);

struct cost {
    double per_second = 0;
    double cpu_microseconds = 0;  // of this process, for each message
};

// Runs from when it is made.
class stopwatch {
public:
    stopwatch();
    [[nodiscard]] cost after(std::uint64_t count) const;

private:
    std::chrono::steady_clock::time_point began_;
    double cpu_began_;
};

// The same message each time.
void publish_bare(const wire_message& message);
// What is consumed is measured from the first message on: to connect and to declare is no part of it.
[[nodiscard]] cost consume_bare(const std::string& queue);
// Keeps each message as a row of a new file, and acknowledges what was committed.
[[nodiscard]] cost copy_bare(const std::string& queue, const std::filesystem::path& path);

[[nodiscard]] cost measure(const std::function<void()>& work);
[[nodiscard]] cost median(std::vector<cost> all);
void print(const char* what, const std::vector<cost>& bare, const char* who, const std::vector<cost>& ours);

// Of the whole adapter: from the log of one module to the copy in another's file.
void measure_adapter();

}  // namespace bus::amqp::bench
