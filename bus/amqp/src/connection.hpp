#pragma once

#include <amqp.h>

#include <bus/amqp/broker_address.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "link.hpp"
#include "topology.hpp"
#include "wire_codec.hpp"
#include "wire_message.hpp"

namespace bus::amqp {

struct connection_settings {
    broker_address broker;
    std::string name;                 // shown by the broker
    std::chrono::milliseconds limit;  // to connect, to sign in, for each answer
    std::chrono::seconds heartbeat;
};

// One connection of librabbitmq. Every failure is a broker_error, after which only the destructor is of use: it closes
// the socket without a word.
//
// One thread, but for cut_off(). Functions that wait for an answer do so for at most the limit; frames that come
// meanwhile are kept for next_frame().
class connection {
public:
    explicit connection(connection_settings settings);
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();

    // TCP and, if wanted, TLS.
    void open();
    void sign_in();

    void open_channel(channel_number channel);
    void select_confirms(channel_number channel);
    void declare(channel_number channel, const exchange& declared);
    void declare(channel_number channel, const queue& declared);
    void bind(channel_number channel, const binding& bound);
    void consume(channel_number channel, const consumer_plan& plan);

    // These wait only for room in the socket. is_writable() says whether a few KiB fit without; a message that is
    // longer may wait until the broker reads, or the heartbeat finds the connection lost.
    void publish(channel_number channel, const wire_message& message, std::optional<std::uint64_t> publish_tag);
    void acknowledge(channel_number channel, std::uint64_t tag, bool is_multiple);
    // `arguments`: the struct of the library for that method.
    void send(channel_number channel, amqp_method_number_t method, void* arguments);
    [[nodiscard]] bool is_writable(std::chrono::milliseconds limit = {}) const;

    // Without waiting. Nothing when there is none; then also nothing is left inside the library, so that the socket may
    // be waited for. Sends and checks the heartbeats too, so it must be called a few times in each of their intervals.
    // What the frame points to lives until release().
    [[nodiscard]] std::optional<amqp_frame_t> next_frame();
    void release(channel_number channel);

    // For a connection.close or channel.close that next_frame() has returned.
    [[noreturn]] void fail_closed(const amqp_method_t& method) const;

    // Says goodbye and waits for the answer, at most for `limit`. Throws nothing.
    void close(std::chrono::milliseconds limit) noexcept;

    // To poll; -1 before open(). It is a descriptor of our own for the same socket: the library closes its one as it
    // likes, and a number that is closed may soon be somebody else's.
    [[nodiscard]] int socket() const noexcept { return socket_; }

private:
    struct destroy {
        void operator()(amqp_connection_state_t state) const noexcept { amqp_destroy_connection(state); }
    };

    amqp_socket_t* new_socket();
    [[noreturn]] void throw_unopened(int status) const;
    void check_answer(const char* question) const;
    void check_answer(const char* question, const amqp_rpc_reply_t& reply) const;
    void check_status(const char* what, int status) const;
    [[noreturn]] void throw_library_error(const char* what, int status) const;

    connection_settings settings_;
    std::unique_ptr<amqp_connection_state_t_, destroy> state_;
    int socket_ = -1;
    outgoing_properties properties_;
};

}  // namespace bus::amqp
