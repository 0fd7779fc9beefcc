#pragma once

#include <bus/transport.hpp>
#include <core/uuid.hpp>
#include <optional>
#include <storage/event_record.hpp>
#include <string>

#include "wire_message.hpp"

namespace bus::amqp {

inline constexpr auto json_content = "application/json";

// An event of a log as it is published: CloudEvents 1.0 in binary mode, AMQP binding, with the place in the log beside.
[[nodiscard]] wire_message message_of(const std::string& exchange, const std::string& log, std::int64_t first_of_epoch,
                                      const storage::event_record& record);

// What came to a module's queue: an event of one of our logs, or one that a foreign program sent, with as few headers
// as it likes. CloudEvents in structured mode and the spelling `cloudEvents_` are read too. What says that it is not
// JSON gets version 0, which no handler reads: it becomes a dead letter with its bytes.
[[nodiscard]] received_event event_of(wire_message message, core::uuid_generator& ids, core::timestamp now);

}  // namespace bus::amqp
