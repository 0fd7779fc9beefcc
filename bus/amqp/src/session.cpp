#include "session.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "broker_error.hpp"
#include "delivery_tag.hpp"

namespace bus::amqp {
namespace {

// Between two looks at what the broker has to say.
constexpr std::size_t most_messages_a_turn = 128;
// A socket that is writable has room for a third of its buffer, which is never smaller than this.
constexpr std::size_t sure_room = 4096;
// What follows closely is read in one go: to be woken for each message costs more than the message does. By the slack
// of its timers Linux makes about 70 µs of it.
constexpr std::chrono::nanoseconds gathering{20'000};
constexpr std::size_t size_of_small_frame = 32;
constexpr std::size_t size_around_body = 256;

}  // namespace

session::session(connection& connection, const link_plan& plan, std::uint64_t generation, mailbox& mail,
                 announcer& voice)
    : connection_{connection},
      generation_{generation},
      mail_{mail},
      voice_{voice},
      channels_(plan.channels.size() + 1),
      spare_channel_{static_cast<channel_number>(plan.channels.size() + 1)},
      counter_{connection, voice, spare_channel_} {
    for (std::size_t i = 0; i < plan.channels.size(); ++i) channels_[i + 1].plan = &plan.channels[i];
    establish(plan);
}

void session::establish(const link_plan& plan) {
    connection_.open_channel(spare_channel_);
    for (const auto& declared : plan.declared.exchanges) connection_.declare(spare_channel_, declared);
    for (const auto& declared : plan.declared.queues) connection_.declare(spare_channel_, declared);
    for (const auto& bound : plan.declared.bindings) connection_.bind(spare_channel_, bound);
    for (std::size_t i = 1; i < channels_.size(); ++i) {
        const auto number = static_cast<channel_number>(i);
        connection_.open_channel(number);
        if (channels_[i].plan->has_confirms) connection_.select_confirms(number);
    }
    for (std::size_t i = 1; i < channels_.size(); ++i)
        if (const auto& consumer = channels_[i].plan->consumer)
            connection_.consume(static_cast<channel_number>(i), *consumer);
}

void session::run(std::chrono::milliseconds tick) {
    try {
        while (!is_stopped_) turn(tick);
    } catch (const broker_error&) {
        // What came before the loss is true all the same.
        announce();
        if (is_blocked_) announce_blocked("");
        throw;
    }
}

void session::turn(std::chrono::milliseconds tick) {
    const bool may_be_more = read();
    const bool has_come = collected_ > 0;
    announce();
    // Asked before: what was handed over before the stop is seen by this send().
    const auto deadline = mail_.deadline();
    const auto state = send();
    is_stopped_ = deadline && (state == sending::done || std::chrono::steady_clock::now() >= *deadline);
    if (!is_stopped_ && !may_be_more && state != sending::more) sleep(state, tick, has_come);
}

void session::sleep(sending state, std::chrono::nanoseconds longest, bool gathers) {
    const bool can_send = state == sending::done;
    gathers = gathers && can_send;
    // A thread that is to stop does not sleep on its mailbox any more, only until there is room.
    if (!mail_.fall_asleep({.in_requests = can_send, .in_messages = can_send && !is_blocked_}) && can_send) return;
    std::array<pollfd, 2> entries{{
        {.fd = gathers ? -1 : connection_.socket(),
         .events = static_cast<short>(can_send ? POLLIN : POLLIN | POLLOUT),
         .revents = 0},
        {.fd = mail_.descriptor(), .events = POLLIN, .revents = 0},
    }};
    if (gathers) longest = gathering;
    if (const auto deadline = mail_.deadline())
        longest = std::clamp<std::chrono::nanoseconds>(*deadline - std::chrono::steady_clock::now(), {}, longest);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(longest);
    const timespec time{.tv_sec = seconds.count(), .tv_nsec = (longest - seconds).count()};
    // Whatever ends it, an interruption too: the next turn looks at everything.
    (void)::ppoll(entries.data(), entries.size(), &time, nullptr);
    mail_.wake_up();
}

session::sending session::send() {
    if (requests_.acknowledgements.empty()) mail_.take(requests_);
    if (requests_.renewal) throw broker_error{*requests_.renewal};
    if (!requests_.questions.empty()) counter_.ask(std::exchange(requests_.questions, {}));
    auto& acknowledgements = requests_.acknowledgements;
    for (; !acknowledgements.empty(); acknowledgements.pop_front()) {
        const auto& done = acknowledgements.front();
        if (!is_of_same_connection(done.tag, tag_of(generation_, 0))) continue;
        if (!has_room(size_of_small_frame)) return sending::no_room;
        connection_.acknowledge(done.channel, broker_tag_of(done.tag), done.is_multiple);
    }
    if (is_blocked_) return sending::done;
    const auto wanted = most_messages_a_turn - messages_.size();
    const auto before = messages_.size();
    mail_.take(messages_, wanted);
    const bool may_be_more = messages_.size() - before == wanted;
    for (; !messages_.empty(); messages_.pop_front()) {
        if (!has_room(messages_.front().message.body.size() + size_around_body)) return sending::no_room;
        publish(messages_.front());
    }
    return may_be_more ? sending::more : sending::done;
}

bool session::has_room(std::size_t size) {
    if (room_ < size) {
        if (!connection_.is_writable()) return false;
        room_ = sure_room;
    }
    room_ -= std::min(room_, size);
    return true;
}

void session::publish(const outgoing_message& outgoing) {
    auto& channel = channels_[outgoing.channel];
    std::optional<std::uint64_t> tag;
    if (channel.plan->has_confirms) tag = channel.ledger.publish(outgoing.id);
    connection_.publish(outgoing.channel, outgoing.message, outgoing.message.is_mandatory ? tag : std::nullopt);
}

}  // namespace bus::amqp
