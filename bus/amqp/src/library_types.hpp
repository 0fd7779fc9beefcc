#pragma once

#include <amqp.h>
#include <sys/time.h>

#include <chrono>
#include <string>
#include <string_view>

namespace bus::amqp {

// For the library to read, as long as `text` lives. Its functions take pointers to what they do not change as mutable.
[[nodiscard]] inline amqp_bytes_t bytes_of(std::string_view text) {
    return {.len = text.size(), .bytes = const_cast<char*>(text.data())};
}

// Valid as long as the library keeps `bytes`.
[[nodiscard]] inline std::string_view text_of(const amqp_bytes_t& bytes) {
    return bytes.len == 0 ? std::string_view{} : std::string_view{static_cast<const char*>(bytes.bytes), bytes.len};
}

[[nodiscard]] inline struct timeval as_timeval(std::chrono::milliseconds duration) {
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(duration);
    return {.tv_sec = whole.count(), .tv_usec = std::chrono::microseconds{duration - whole}.count()};
}

}  // namespace bus::amqp
