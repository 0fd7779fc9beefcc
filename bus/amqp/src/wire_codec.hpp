#pragma once

#include <amqp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire_message.hpp"

namespace bus::amqp {

// A mandatory message on a channel with confirms carries its delivery tag, since a message that comes back says of
// itself only where it was to go. Never handed to a consumer.
inline constexpr std::string_view publish_tag_header = "busbar-publish-tag";

// The properties of messages as the library wants them. Used for one message after the other, so that its memory is.
class outgoing_properties {
public:
    // Valid until the next call, and as long as `message` is.
    [[nodiscard]] const amqp_basic_properties_t& of(const wire_message& message,
                                                    std::optional<std::uint64_t> publish_tag);

private:
    void add_text(amqp_flags_t flag, amqp_bytes_t& property, std::string_view text);
    void add_headers(const wire_message& message, std::optional<std::uint64_t> publish_tag);

    amqp_basic_properties_t properties_{};
    std::vector<amqp_table_entry_t> headers_;
    std::string expiration_;
};

// Throws std::length_error, with the name of what is too long, if AMQP has no room for it.
void check_lengths(const wire_message& message);

// Into `message`; what it cannot hold is left out. The publish tag, if there is one, is not a header but the result.
std::optional<std::uint64_t> read_properties(const amqp_basic_properties_t& properties, wire_message& message);

}  // namespace bus::amqp
