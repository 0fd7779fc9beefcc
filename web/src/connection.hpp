#pragma once

#include <core/async.hpp>
#include <core/clock.hpp>
#include <core/log.hpp>
#include <span>
#include <string>
#include <vector>
#include <web/limits.hpp>
#include <web/service.hpp>

#include "body_decoder.hpp"
#include "head.hpp"
#include "response_writer.hpp"
#include "stream.hpp"

namespace web {

// What all connections of a server share.
struct connection_context {
    const limits& bounds;
    service& handler;
    core::clock& clock;
    const core::logger& log;
    const tls_identity* identity = nullptr;  // none: plain
    date_field date{};
    bool draining = false;  // every answer is the last of its connection
};

// One connection: a request at a time, in order, also when the client sends many at once. Loop thread.
//
// It sets no timer. Whoever owns it calls expire() now and then; the deadline of what it is doing is compared there,
// and a connection that is late is closed, which ends serve().
class connection {
public:
    connection(socket socket, connection_context& context);

    // Until the connection has ended. Cancellation (terminal) ends it with operation_aborted.
    core::awaitable<void> serve();

    void expire(core::monotonic_time now);
    // Before the first request or between two, as far as is known here: one may have been read that is not looked at
    // yet.
    [[nodiscard]] bool is_idle() const noexcept { return phase_ == phase::idle; }
    // An idle one ends now; a request that has been read already is answered before, without TLS also one that has
    // come.
    void stop_waiting();
    void close();
    [[nodiscard]] std::string_view client() const noexcept { return client_; }

private:
    enum class phase { idle, head, body, handling, writing, streaming, lingering };

    // How a request's body arrived.
    enum class arrival { complete, refused, lost };

    core::awaitable<bool> shake_hands();
    core::awaitable<bool> serve_one();
    core::awaitable<bool> serve_request(std::string_view head);
    core::awaitable<bool> refuse(request& request, refusal why);
    core::awaitable<arrival> receive_body(request& request, std::string_view head, const framing& framing,
                                          std::size_t limit, refusal& why);
    core::awaitable<bool> decode_body(body_decoder& body, refusal& why);
    core::awaitable<bool> send_continue();
    core::awaitable<bool> send(const request& request, const response& answer, bool keep_alive);
    core::awaitable<void> send_pieces(const response& answer);
    core::awaitable<bool> write(std::string_view first, std::string_view second);
    core::awaitable<bool> receive();
    core::awaitable<void> linger();
    void enter(phase phase, core::monotonic_time::duration limit);
    void drop_request(std::size_t head_size);
    [[nodiscard]] std::string_view received() const { return {input_.data(), filled_}; }

    stream stream_;
    connection_context& context_;
    phase phase_ = phase::head;
    bool is_waited_for_ = true;  // the next request
    core::monotonic_time deadline_;
    std::string client_;
    std::string local_;
    head_finder finder_;
    std::vector<char> input_;  // never moves while a request is served: its views point here
    std::size_t filled_ = 0;
    std::vector<char> body_input_;  // of the body, what is not decoded yet; then what follows it
    std::string output_;
};

}  // namespace web
