#pragma once

#include <bus/json.hpp>
#include <bus/message.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <storage/transaction.hpp>
#include <string>
#include <utility>

namespace bus {

// The most that an event may be as JSON. What is larger belongs into a table, and its key into the event.
inline constexpr std::size_t largest_event = std::size_t{4} << 20U;

// Appends a fact to the module's event log, in the transaction of the change that it tells of: it exists if and only if
// that change is committed. There is no other way to publish. Writer thread, inside database::write() or
// delivery::commit(). Throws std::invalid_argument for text that is not UTF-8 and std::length_error for an event that
// is too large; then nothing of the unit is committed.
//
// Returns the event's sequence. Once the unit is committed it says where in the log the change stands, and a reader of
// events can wait for it: endpoint::wait_until_past().
template <event_message E>
std::int64_t publish(storage::transaction& transaction, E event) {
    storage::event_record record;
    record.type = E::message.name;
    record.version = E::message.version;
    record.key = event.key();
    record.data = encode(event);
    if (record.data.size() > largest_event)
        throw std::length_error{record.type + " is larger than an event may be (" + std::to_string(record.data.size()) +
                                " bytes as JSON)"};
    return transaction.append(std::move(record), {std::make_shared<const E>(std::move(event)), &type_tag<E>});
}

}  // namespace bus
