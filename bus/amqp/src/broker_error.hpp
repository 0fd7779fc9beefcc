#pragma once

#include <bus/amqp/broker_address.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace bus::amqp {

// The connection is of no use any more; what() is a sentence for a person.
class broker_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Why the broker has closed a channel or the connection (AMQP 0-9-1, connection.close and channel.close).
struct broker_close {
    std::uint16_t code = 0;
    std::string text{};
    std::uint16_t class_id = 0;  // of the method that it did not like; 0 when there was none
    std::uint16_t method_id = 0;
};

// What happened and what to do about it: a missing right by its name, a queue that is there with other arguments, …
[[nodiscard]] std::string explain(const broker_close& close, const broker_address& broker);

// host:port, for sentences. Never anything secret.
[[nodiscard]] std::string place_of(const broker_address& broker);

}  // namespace bus::amqp
