#pragma once

#include <bus/amqp/broker_address.hpp>
#include <string>

namespace conformance {

// The broker that the tests are run with (tests/rabbitmq.py run -- …), asked for virtual hosts. A call that fails ends
// the test by an exception.
[[nodiscard]] bus::amqp::broker_address broker();
void add_virtual_host(const std::string& name);
void delete_virtual_host(const std::string& name);

// As an administrator does it.
void close_connections(const std::string& virtual_host);

}  // namespace conformance
