#pragma once

#include <bus/amqp/broker_address.hpp>
#include <chrono>
#include <core/async.hpp>
#include <core/backoff.hpp>
#include <core/log.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "topology.hpp"
#include "wire_message.hpp"

namespace bus::amqp {

using channel_number = std::uint16_t;

struct consumer_plan {
    std::string queue;
    std::uint16_t prefetch = 500;  // of what is not acknowledged yet; without meaning when no_ack
    bool no_ack = false;
};

struct channel_plan {
    bool has_confirms = false;                // the broker says of each message that it has it
    std::size_t most_waiting = 10'000;        // messages for this channel that are not on their way yet
    std::optional<consumer_plan> consumer{};  // what is consumed on it
};

// What a connection is for. Made anew after every loss, in this order.
struct link_plan {
    std::string name{};  // shown by the broker
    topology declared{};
    std::vector<channel_plan> channels{};  // numbers from 1
};

// What becomes of a message that was published on a channel with confirms.
struct confirmation {
    std::uint64_t id = 0;  // as given to publish()
    enum class outcome { taken, refused, unroutable } outcome = outcome::taken;
};

// Told on the loop, in the order in which it happened.
class link_listener {
public:
    virtual ~link_listener() = default;
    // A connection stands, all is declared, the consumers consume. What was published and not confirmed before, and
    // what was handed over and not acknowledged, is to be sent or comes again.
    virtual void connected() = 0;
    // No connection stands; the next attempt comes by itself. Called once for each failed attempt too, with its reason.
    virtual void lost(const std::string& reason) = 0;
    // The broker takes nothing at present (memory or disk alarm); empty: it does again.
    virtual void blocked(const std::string& reason) = 0;
    virtual void confirmed(channel_number channel, std::span<const confirmation> confirmations) = 0;
    virtual void delivered(channel_number channel, std::vector<wire_delivery> deliveries) = 0;
    // A mandatory message came back from a channel without confirms.
    virtual void returned(channel_number channel, wire_message message) = 0;
};

struct link_settings {
    broker_address broker;
    std::chrono::milliseconds connect_limit = std::chrono::seconds{5};  // to connect, to sign in, for each answer
    std::chrono::seconds heartbeat{3};                                  // after two of them without a sign it is lost
    core::retry_schedule reconnect = core::doubling(std::chrono::milliseconds{200}, std::chrono::seconds{10});
};

// One connection to the broker and the thread that it belongs to. The thread connects, declares, opens the channels,
// and does all of it again after a loss, by the same function: the first time is no special case. It sleeps until the
// socket or its owner has something for it.
//
// Whatever ends a channel (a refused declaration, a missing right, a deleted queue) ends the connection and is told by
// lost(); so there is one way back for everything.
//
// Loop thread for all calls but publish(), which any thread may call. The listener outlives the link. stop() before the
// destructor; afterwards the listener hears nothing any more.
class link {
public:
    link(core::executor loop, core::logger log, link_settings settings, link_plan plan, link_listener& listener);
    link(const link&) = delete;
    link& operator=(const link&) = delete;
    ~link();

    void start();
    // Sends what waits, acknowledgements first, closes the connection and ends the thread, all within `limit`; then the
    // connection is cut off. Blocks for so long.
    void stop(std::chrono::milliseconds limit);

    // Queues a message for a channel; `id` is told back by confirmed(). False, and nothing is queued, while no
    // connection stands or the channel has its most waiting.
    [[nodiscard]] bool publish(channel_number channel, std::uint64_t id, wire_message message);
    // All deliveries of the channel up to and with `tag`. Nothing happens when they came by an earlier connection.
    void acknowledge_up_to(channel_number channel, std::uint64_t tag);
    // Only this one.
    void acknowledge(channel_number channel, std::uint64_t tag);

    // Consumers that the queue has now; nothing when there is no such queue, or it cannot be asked for, or the broker
    // does not answer within `patience`.
    static constexpr auto patience = std::chrono::seconds{2};
    core::awaitable<std::optional<std::uint32_t>> count_consumers(std::string queue);

    // Something that was declared is gone: connects anew, and declares all of it again.
    void declare_again(std::string reason);

    [[nodiscard]] bool is_connected() const;

private:
    struct implementation;
    std::shared_ptr<implementation> implementation_;
};

}  // namespace bus::amqp
