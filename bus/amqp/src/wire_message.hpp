#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wire_headers.hpp"

namespace bus::amqp {

// A message as AMQP 0-9-1 has it: where it goes or came from, its properties and its body.
struct wire_message {
    std::string exchange{};
    std::string routing_key{};
    std::string body{};
    std::string content_type{};  // empty properties are not sent
    std::string message_id{};
    std::string correlation_id{};
    std::string reply_to{};
    std::optional<std::chrono::milliseconds> expiration{};  // nothing too when what came is no number
    std::optional<std::chrono::sys_seconds> timestamp{};
    bool is_persistent = false;
    bool is_mandatory = false;  // of what is published: comes back when no queue takes it
    wire_headers headers{};

    // Empty when it is missing or a number.
    [[nodiscard]] std::string_view text_header(std::string_view name) const;
    // Nothing when it is missing or text that is no whole number.
    [[nodiscard]] std::optional<std::int64_t> number_header(std::string_view name) const;
};

// What a consumer was handed.
struct wire_delivery {
    std::uint64_t tag = 0;  // for the acknowledgement, on the same channel
    bool is_redelivered = false;
    wire_message message;
};

}  // namespace bus::amqp
