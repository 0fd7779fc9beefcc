#pragma once

#include <cstdint>

// The tags that a link hands out. The broker counts deliveries from 1 on each channel of each connection, so the tag of
// an old connection would name a wrong message of the new one: the upper 16 bits say which connection it was.
namespace bus::amqp {

inline constexpr unsigned bits_of_broker_tag = 48;

[[nodiscard]] constexpr std::uint64_t tag_of(std::uint64_t generation, std::uint64_t broker_tag) {
    return generation << bits_of_broker_tag | broker_tag;
}

[[nodiscard]] constexpr std::uint64_t broker_tag_of(std::uint64_t tag) {
    return tag & ((std::uint64_t{1} << bits_of_broker_tag) - 1);
}

[[nodiscard]] constexpr bool is_of_same_connection(std::uint64_t tag, std::uint64_t other) {
    return tag >> bits_of_broker_tag == other >> bits_of_broker_tag;
}

}  // namespace bus::amqp
