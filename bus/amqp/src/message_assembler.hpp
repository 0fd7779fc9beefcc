#pragma once

#include <amqp.h>

#include <cstdint>
#include <optional>

#include "wire_message.hpp"

namespace bus::amqp {

// Puts together the messages of one channel: a method, then the properties, then the body in pieces (AMQP 0-9-1,
// section 4.2.6). What it was given may be forgotten at once.
class message_assembler {
public:
    struct assembled {
        bool is_return = false;  // else a delivery
        wire_delivery delivery{};
        std::optional<std::uint64_t> publish_tag{};
    };

    void begin(const amqp_basic_deliver_t& method);
    void begin(const amqp_basic_return_t& method);
    // Both throw broker_error for a frame that no method has announced. True when the message is complete.
    [[nodiscard]] bool add_properties(const amqp_frame_t& frame);
    [[nodiscard]] bool add_body(amqp_bytes_t piece);

    // The complete one, to be moved from, until the next begin().
    [[nodiscard]] assembled& message() noexcept { return message_; }

private:
    // Nothing but a begin() may come after it.
    bool is_complete() {
        if (missing_ == 0) is_begun_ = false;
        return missing_ == 0;
    }

    assembled message_;
    bool is_begun_ = false;
    std::uint64_t missing_ = 0;  // bytes of the body
};

}  // namespace bus::amqp
