#pragma once

#include <core/async.hpp>
#include <core/trace.hpp>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <storage/transaction.hpp>
#include <string>

namespace bus {

// Thrown by a handler for an event that no repetition can help: it becomes a dead letter at once.
class rejected : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Thrown by a handler when what it needs is away (a module, a server): the event waits and is tried again, and no
// attempt is counted.
class not_now : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// One event on its way through one handler. Lives as long as the handler's call.
//
// The handler gets at most one transaction, commit(). The note that this event is done is written in it, so the effect
// happens once. A handler that calls it never is noted as done after it has returned.
class delivery {
public:
    using unit = std::function<void(storage::transaction&)>;

    virtual ~delivery() = default;

    // Returns when the unit and the note are committed. Not to be called twice. When the event turns out to be done
    // already, the unit is not run.
    virtual core::awaitable<void> commit(unit unit) = 0;

    // For requests and writes that the handler causes: the trace of the event, and the event as the cause.
    [[nodiscard]] virtual const core::origin& from() const noexcept = 0;
    [[nodiscard]] virtual const std::string& event_id() const noexcept = 0;
    // 1 for the first.
    [[nodiscard]] virtual std::int64_t attempt() const noexcept = 0;
};

}  // namespace bus
