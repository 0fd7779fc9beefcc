#pragma once

#include <amqp.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "announcer.hpp"
#include "confirm_ledger.hpp"
#include "connection.hpp"
#include "consumer_counter.hpp"
#include "link.hpp"
#include "mailbox.hpp"
#include "message_assembler.hpp"

namespace bus::amqp {

// The work of a link as long as one connection stands: reads what the broker sends, sends what the mailbox holds, tells
// the listener, all in turns. On the thread of the link. A loss is a broker_error.
class session {
public:
    // Declares, opens the channels and starts the consumers. `generation` marks what belongs to this connection.
    session(connection& connection, const link_plan& plan, std::uint64_t generation, mailbox& mail, announcer& voice);

    // Returns when all that waited at the mailbox's stop() is sent, or its time is over. `tick`: how long to sleep at
    // most, since the library looks after its heartbeats only when it is called.
    void run(std::chrono::milliseconds tick);

private:
    struct channel {
        const channel_plan* plan = nullptr;
        confirm_ledger ledger{};
        message_assembler assembler{};
        std::vector<confirmation> confirmations{};
        std::vector<wire_delivery> deliveries{};
    };
    enum class sending { done, more, no_room };

    void establish(const link_plan& plan);
    void turn(std::chrono::milliseconds tick);
    // Until there is something to do, or `longest` is over; one that gathers does not look at what comes, for a moment.
    void sleep(sending state, std::chrono::nanoseconds longest, bool gathers);

    // What came (session_reading.cpp).
    bool read();  // true when there may be more
    void handle(const amqp_frame_t& frame);
    void handle_connection_method(const amqp_method_t& method);
    void handle_channel_method(channel_number number, const amqp_method_t& method);
    void keep(channel_number number, message_assembler::assembled& message);
    void announce();
    void announce_blocked(std::string reason);
    channel& channel_at(channel_number number);

    sending send();
    [[nodiscard]] bool has_room(std::size_t size);
    void publish(const outgoing_message& outgoing);

    connection& connection_;
    const std::uint64_t generation_;
    mailbox& mail_;
    announcer& voice_;
    std::vector<channel> channels_;  // by number; 0 is unused
    const channel_number spare_channel_;
    consumer_counter counter_;
    mailbox::work requests_;
    std::deque<outgoing_message> messages_;
    std::vector<std::pair<channel_number, wire_message>> returned_;
    std::size_t collected_ = 0;  // deliveries of this turn
    std::size_t room_ = 0;       // bytes that the socket takes without being asked again
    bool is_blocked_ = false;
    bool is_stopped_ = false;
};

}  // namespace bus::amqp
