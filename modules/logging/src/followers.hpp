#pragma once

#include <bus/call.hpp>
#include <bus/module_context.hpp>
#include <core/notifier.hpp>
#include <list>
#include <logging/messages.hpp>
#include <span>

#include "recent_entries.hpp"
#include "search_expression.hpp"

namespace logging {

// Tells those who follow the log of entries as they are stored. It keeps nothing for anybody: who follows says how far
// it is, and gets what came since. Loop thread.
class followers {
public:
    explicit followers(const bus::module_context& context);

    void stored(std::span<const entries::stored> entries);
    core::awaitable<core::result<followed>> follow(follow_entries query, bus::call call);

private:
    core::awaitable<followed> begin(const follow_entries& query);
    core::awaitable<bool> wait_for_more(std::int64_t position, core::monotonic_time deadline);

    const bus::module_context& context_;
    recent_entries recent_;
    std::int64_t newest_id_;
    std::list<core::notifier*> waiting_;
};

}  // namespace logging
