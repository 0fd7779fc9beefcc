#pragma once

#include <bus/message_bus.hpp>
#include <core/runtime.hpp>
#include <core/task_group.hpp>
#include <functional>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "follower.hpp"
#include "local_endpoint.hpp"
#include "one_at_a_time.hpp"
#include "running_board.hpp"

namespace bus {

// The logs that events of a handler's types may be in.
[[nodiscard]] std::set<std::string_view> sources_of(const event_handler& handler);

// All that is delivered to one module: a follower for each of its handlers and each log that the handler's types come
// from. Loop thread.
class module_deliveries {
public:
    // The log of a module as this one sees it; nothing when there is none.
    using find_log = std::function<followed_log*(std::string_view source)>;

    module_deliveries(const core::runtime& runtime, const settings& options, local_endpoint& endpoint,
                      one_at_a_time& alone);

    // Makes the followers, after the module has added its handlers. Throws core::fatal_error, see message_bus::start().
    void prepare(const find_log& log_of);
    void start();

    [[nodiscard]] std::list<follower>& followers() noexcept { return followers_; }
    [[nodiscard]] const std::list<follower>& followers() const noexcept { return followers_; }
    [[nodiscard]] follower* find(std::string_view handler, std::string_view source);
    [[nodiscard]] const std::string& module() const noexcept { return endpoint_.module(); }
    [[nodiscard]] storage::database& database() const noexcept { return *endpoint_.database(); }
    [[nodiscard]] local_endpoint& endpoint() const noexcept { return endpoint_; }

    // Names what waits and cannot be read by the handlers of this program.
    core::awaitable<void> name_unreadable();
    // Deletes what is noted of handlers that are retired.
    core::awaitable<void> forget_retired();

private:
    void refuse_unknown_handlers(const find_log& log_of) const;

    const core::runtime& runtime_;
    const settings& options_;
    local_endpoint& endpoint_;
    one_at_a_time& alone_;
    core::logger log_;
    std::optional<running_board> board_;
    std::list<follower> followers_;
};

}  // namespace bus
