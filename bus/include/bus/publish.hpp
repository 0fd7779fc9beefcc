#pragma once

#include <bus/json.hpp>
#include <bus/message.hpp>
#include <memory>
#include <storage/transaction.hpp>
#include <utility>

namespace bus {

// Appends a fact to the module's event log, in the transaction of the change that it tells of: it exists if and only if
// that change is committed. There is no other way to publish. Writer thread, inside database::write() or
// delivery::commit().
template <event_message E>
void publish(storage::transaction& transaction, E event) {
    storage::event_record record;
    record.type = E::message.name;
    record.version = E::message.version;
    record.key = event.key();
    record.data = encode(event);
    transaction.append(std::move(record), {std::make_shared<const E>(std::move(event)), &type_tag<E>});
}

}  // namespace bus
