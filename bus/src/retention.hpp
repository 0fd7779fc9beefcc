#pragma once

#include <core/async.hpp>
#include <core/clock.hpp>
#include <core/trace.hpp>
#include <storage/database.hpp>
#include <string>
#include <vector>

#include "follower.hpp"

namespace bus {

// Takes a new follower into the list of those that the log waits for; afterwards no event is removed that it has not
// done.
core::awaitable<void> enlist(storage::database& log, std::string module, std::string handler, std::int64_t position);
// It needs the events after `position` again.
core::awaitable<void> note_place(storage::database& log, core::origin from, std::string module, std::string handler,
                                 std::int64_t position);
// `module` runs elsewhere and has copied everything up to `held`; the log keeps what comes after it.
core::awaitable<void> note_copy(storage::database& log, core::origin from, std::string module, std::int64_t held);
// Of `module` only these handlers are left: the log waits for no other one of it.
core::awaitable<void> strike_out_others(storage::database& log, std::string module, std::vector<std::string> handlers);

// Removes events that are older than `older_than` and that everyone is done with who has ever followed the log, in
// small batches. `readers` run now; of others the place is known that they had when last heard of.
core::awaitable<void> forget_old_events(storage::database& log, const std::vector<follower*>& readers,
                                        core::timestamp older_than);

}  // namespace bus
