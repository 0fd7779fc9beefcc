#pragma once

#include <core/async.hpp>
#include <core/clock.hpp>
#include <core/trace.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <storage/event_record.hpp>
#include <string>
#include <utility>
#include <vector>

namespace bus {

// An event log as its followers see it: that of a module of this process, or the copy of one that runs elsewhere. A
// position means the same in both, so a handler goes from one to the other and notices nothing. Loop thread.
class followed_log {
public:
    virtual ~followed_log() = default;

    // Of the module whose log it is.
    [[nodiscard]] virtual const std::string& name() const noexcept = 0;
    // The broker brought it here.
    [[nodiscard]] virtual bool is_copy() const noexcept = 0;
    // The last event that can be read here.
    [[nodiscard]] virtual std::int64_t head() = 0;
    // The last event of which is known that it happened: head(), or more where not all is here yet.
    [[nodiscard]] virtual std::int64_t known_head() = 0;
    // No event after this one has happened yet. A copy does not know that: what it has not copied yet may be done.
    [[nodiscard]] virtual std::int64_t end() = 0;
    // For a handler that wants no history: the last event there is. Waits until that is known.
    [[nodiscard]] virtual core::awaitable<std::int64_t> newest() = 0;
    [[nodiscard]] virtual std::vector<storage::event_record> events_after(std::int64_t sequence, std::size_t most) = 0;
    [[nodiscard]] virtual std::vector<storage::log_epoch> epochs() = 0;
    // Sequence and type of what comes after `after`, up to and with `up_to`.
    [[nodiscard]] virtual std::vector<std::pair<std::int64_t, std::string>> types_between(std::int64_t after,
                                                                                          std::int64_t up_to) = 0;
    // The oldest event that is kept; 0 when there is none.
    [[nodiscard]] virtual std::int64_t first_sequence() = 0;
    [[nodiscard]] virtual std::optional<std::int64_t> first_sequence_since(core::timestamp time) = 0;

    // Takes a new follower into the list of those that the log waits for; afterwards no event is removed that it has
    // not done, and what comes after `position` can be read, now or soon.
    virtual core::awaitable<void> enlist(std::string module, std::string handler, std::int64_t position) = 0;
    // It needs the events after `position` again.
    virtual core::awaitable<void> note_place(core::origin from, std::string module, std::string handler,
                                             std::int64_t position) = 0;
};

}  // namespace bus
