#pragma once

#include <amqp.h>

#include <bus/amqp/broker_address.hpp>
#include <string>

namespace bus::amqp {

// A socket of the library that speaks TLS 1.2 or newer, and only with a broker whose certificate is valid for the host
// (its name or its IP address). It belongs to `state`. Throws broker_error when a file cannot be used.
[[nodiscard]] amqp_socket_t* new_tls_socket(amqp_connection_state_t state, const broker_address& broker);

// Why no connection came about: `status` as the library says, and more if OpenSSL knows more. On the thread that tried.
[[nodiscard]] std::string last_tls_failure(int status);

}  // namespace bus::amqp
