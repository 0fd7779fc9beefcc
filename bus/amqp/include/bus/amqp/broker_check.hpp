#pragma once

#include <bus/amqp/settings.hpp>
#include <string>

namespace bus::amqp {

// Connects, with TLS if the address says so, signs in and leaves again. Nothing is declared. A sentence that says what
// went wrong; empty when nothing did. Blocks for a few times the settings' connect_limit at most.
[[nodiscard]] std::string find_trouble(const settings& settings);

}  // namespace bus::amqp
