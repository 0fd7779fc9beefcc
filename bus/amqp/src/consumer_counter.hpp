#pragma once

#include <amqp.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "announcer.hpp"
#include "connection.hpp"
#include "mailbox.hpp"

namespace bus::amqp {

// Tells the one who waits, on the loop.
void answer(announcer& voice, const std::shared_ptr<consumer_question>& question,
            std::optional<std::uint32_t> consumers);

// Asks the broker how many consumers queues have: a passive declaration each, on a channel of its own, since the broker
// closes the channel if there is no such queue. One after the other, without waiting.
class consumer_counter {
public:
    // `channel` is open.
    consumer_counter(connection& connection, announcer& voice, channel_number channel)
        : connection_{connection}, voice_{voice}, channel_{channel} {}
    consumer_counter(const consumer_counter&) = delete;
    consumer_counter& operator=(const consumer_counter&) = delete;
    // What was not answered never will be.
    ~consumer_counter();

    void ask(std::deque<std::shared_ptr<consumer_question>> questions);
    // What the broker says on that channel.
    void handle(const amqp_method_t& method);

private:
    void ask_next();
    void settle(std::optional<std::uint32_t> consumers);

    connection& connection_;
    announcer& voice_;
    const channel_number channel_;
    std::deque<std::shared_ptr<consumer_question>> questions_;
    bool is_busy_ = false;  // the broker has something to answer
};

}  // namespace bus::amqp
