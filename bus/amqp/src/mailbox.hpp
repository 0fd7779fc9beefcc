#pragma once

#include <core/clock.hpp>
#include <core/notifier.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "link.hpp"

namespace bus::amqp {

struct outgoing_message {
    channel_number channel = 0;
    std::uint64_t id = 0;
    wire_message message;
};

struct acknowledgement {
    channel_number channel = 0;
    std::uint64_t tag = 0;
    bool is_multiple = false;
};

// How many consumers has this queue? Everything but `queue` belongs to the loop.
struct consumer_question {
    consumer_question(core::executor loop, std::string name) : queue{std::move(name)}, answered{loop} {}

    const std::string queue;
    bool is_answered = false;
    std::optional<std::uint32_t> consumers;
    core::notifier answered;
};

// What the owner of a link wants from its thread. The thread sleeps on descriptor(); it is written to only then.
class mailbox {
public:
    explicit mailbox(const std::vector<channel_plan>& channels);
    mailbox(const mailbox&) = delete;
    mailbox& operator=(const mailbox&) = delete;
    ~mailbox();

    // Any thread. False while no connection stands or the channel has its most waiting.
    [[nodiscard]] bool push(outgoing_message message);
    // Acknowledgements up to a tag swallow those before them.
    void push(const acknowledgement& done);
    // False while no connection stands.
    [[nodiscard]] bool push(std::shared_ptr<consumer_question> question);
    // The connection is to be made anew. Nothing happens while none stands.
    void renew(std::string reason);
    // The loop has learned of connection `generation`: from now on messages are taken, unless it is lost already.
    void open(std::uint64_t generation);
    [[nodiscard]] bool is_open() const;
    [[nodiscard]] bool is_standing() const;
    // Nothing is taken any more; what waits is to be sent until `deadline`.
    void stop(core::monotonic_time deadline);

    // The thread.
    void begin(std::uint64_t generation);
    struct work {
        std::deque<acknowledgement> acknowledgements;
        std::deque<std::shared_ptr<consumer_question>> questions;
        std::optional<std::string> renewal;  // why
    };
    // All there is, into an empty one.
    void take(work& work);
    // Adds up to `most` messages to the end of `messages`.
    void take(std::deque<outgoing_message>& messages, std::size_t most);
    // What waits is for a connection that is gone. Returns the questions that nobody will answer.
    std::deque<std::shared_ptr<consumer_question>> drop();
    // When the thread must have ended, once stop() was called.
    [[nodiscard]] std::optional<core::monotonic_time> deadline() const;
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    // What the thread can do something about at present; the rest is no reason to wake it.
    struct interest {
        bool in_requests = false;  // acknowledgements and questions
        bool in_messages = false;
    };
    // False when there is something to do now, or stop() was called; else whoever brings something wakes descriptor().
    [[nodiscard]] bool fall_asleep(interest interest);
    void wake_up();

private:
    void rouse(bool is_of_interest);  // with the lock held

    const int descriptor_;
    const std::vector<std::size_t> most_waiting_;  // by channel, from 1
    mutable std::mutex mutex_;
    std::vector<std::size_t> waiting_;
    std::deque<outgoing_message> messages_;
    work work_;
    std::uint64_t standing_ = 0;  // the generation of the connection; 0: there is none
    bool is_open_ = false;
    bool is_asleep_ = false;
    interest interest_;
    std::optional<core::monotonic_time> deadline_;
};

}  // namespace bus::amqp
