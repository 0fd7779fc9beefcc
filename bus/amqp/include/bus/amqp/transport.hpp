#pragma once

#include <bus/amqp/settings.hpp>
#include <bus/transport.hpp>
#include <core/runtime.hpp>
#include <memory>

namespace bus::amqp {

// Over RabbitMQ 3.8 or newer, AMQP 0-9-1: one connection to it for what goes out and one for what comes in, each with a
// thread of its own. Names and headers are those of the public interface (§4).
[[nodiscard]] std::unique_ptr<transport> make_transport(const core::runtime& runtime, settings settings);

}  // namespace bus::amqp
