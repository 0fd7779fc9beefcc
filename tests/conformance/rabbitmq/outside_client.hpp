#pragma once

#include <chrono>
#include <optional>

#include "connection.hpp"

namespace conformance {

// A program that is not ours, for as long as it takes to publish something.
class outside_client {
public:
    explicit outside_client(const bus::amqp::broker_address& broker)
        : connection_{{broker, "test", std::chrono::seconds{5}, std::chrono::seconds{0}}} {
        connection_.open();
        connection_.sign_in();
        connection_.open_channel(1);
    }
    outside_client(const outside_client&) = delete;
    outside_client& operator=(const outside_client&) = delete;
    ~outside_client() { connection_.close(std::chrono::seconds{5}); }

    void publish(const bus::amqp::wire_message& message) { connection_.publish(1, message, std::nullopt); }

private:
    bus::amqp::connection connection_;
};

}  // namespace conformance
