#pragma once

#include <bus/call.hpp>
#include <chrono>
#include <core/error.hpp>
#include <core/log.hpp>
#include <core/runtime.hpp>
#include <core/task_group.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "link.hpp"
#include "module_presence.hpp"
#include "names.hpp"

namespace bus::amqp {

// Asks modules of other processes: requests go out and answers come back on one channel, over direct reply-to
// (https://www.rabbitmq.com/docs/direct-reply-to). Loop thread.
class requester {
public:
    requester(const core::runtime& runtime, link& link, channel_number channel, const names& names);

    core::awaitable<core::result<std::string>> ask(std::string name, std::string data, bool is_idempotent, call call);
    // Looks once in a while who is there: whether a module that is being asked has gone, and whose requests in `asks`
    // nobody answers. Until it is cancelled.
    core::awaitable<void> watch(std::vector<std::string> asks);

    void connected();
    void lost();
    void blocked(const std::string& reason) { blocked_ = reason; }
    void replied(wire_message reply);
    void returned(const wire_message& request);

    [[nodiscard]] std::size_t in_flight() const noexcept { return waiting_.size(); }
    [[nodiscard]] std::int64_t late_answers() const noexcept { return late_; }
    [[nodiscard]] const std::set<std::string>& away() const noexcept { return away_; }

private:
    struct waiting {
        std::string module;
        core::steady_timer timer;  // the deadline; cancelled when there is something to tell
        std::optional<core::result<std::string>> answer{};
        bool is_lost = false;  // the connection, or the module that was asked
    };
    class entry;

    core::awaitable<bool> is_there(std::string module);
    core::awaitable<std::optional<core::result<std::string>>> ask_once(const std::string& name, const std::string& data,
                                                                       bool is_idempotent, const call& call);
    void lose(const std::string& module);
    void note_away(const std::string& module, const std::vector<std::string>& asks);

    const core::runtime& runtime_;
    link& link_;
    const channel_number channel_;
    const names& names_;
    core::logger log_;
    module_presence presence_;
    std::map<std::string, waiting*> waiting_;  // by correlation id
    std::set<std::string> away_;
    std::string blocked_;
    bool is_connected_ = false;
    std::int64_t late_ = 0;
};

}  // namespace bus::amqp
