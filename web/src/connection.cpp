#include "connection.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>

namespace web {

namespace asio = core::asio;

namespace {

constexpr std::size_t first_buffer = 4 * 1024;
constexpr std::size_t usual_fields = 16;
constexpr std::size_t kept_output = 64 * 1024;  // a larger buffer is given back after the answer

std::string address_text(const asio::ip::tcp::endpoint& endpoint) { return endpoint.address().to_string(); }

}  // namespace

connection::connection(socket socket, connection_context& context)
    : stream_{std::move(socket), context.identity},
      context_{context},
      deadline_{context.clock.monotonic() + context.bounds.head_time} {
    boost::system::error_code ignored;  // a connection that is gone already fails at its first read
    client_ = address_text(stream_.bare().remote_endpoint(ignored));
    local_ = address_text(stream_.bare().local_endpoint(ignored));
    input_.resize(first_buffer);
    phase_ = phase::idle;
}

void connection::enter(phase phase, core::monotonic_time::duration limit) {
    phase_ = phase;
    deadline_ = context_.clock.monotonic() + limit;
}

void connection::expire(core::monotonic_time now) {
    if (phase_ == phase::handling || phase_ == phase::streaming || now < deadline_) return;
    if (is_idle())
        stop_waiting();
    else
        close();
}

void connection::stop_waiting() {
    is_waited_for_ = false;
    stream_.cancel();
}

void connection::close() {
    if (is_idle()) stream_.say_goodbye();
    stream_.close();
}

core::awaitable<void> connection::serve() {
    // The time for it is the one in which a plain connection has to begin its first request.
    const bool may_ask = !stream_.is_secure() || co_await shake_hands();
    while (may_ask && co_await serve_one()) {
        enter(phase::idle, context_.bounds.idle_time);
        if (context_.draining && filled_ == 0) break;
    }
    if (stream_.is_open()) co_await linger();
    stream_.close();
}

core::awaitable<bool> connection::shake_hands() {
    boost::system::error_code error;
    co_await stream_.shake_hands(error);
    if (!error) co_return true;
    context_.log.debug("a TLS handshake failed", {{"client", client_}, {"error", error.message()}});
    if (!is_plain_http(error)) {
        stream_.close();
        co_return false;
    }
    stream_.become_plain();
    request request;
    co_return co_await refuse(request, {400, "This port speaks HTTPS: the address has to begin with https://."});
}

core::awaitable<bool> connection::serve_one() {
    // An empty line before a request line is let through once (RFC 9112, section 2.2).
    bool skipped = false;
    while (true) {
        if (!skipped && received().starts_with("\r\n")) {
            drop_request(2);
            skipped = true;
        }
        const bool may_be_empty_line = !skipped && received() == "\r";
        const auto size = may_be_empty_line ? std::size_t{0} : finder_.find(received(), context_.bounds);
        if (!size) {
            request request;
            co_return co_await refuse(request, size.error());
        }
        if (*size > 0) co_return co_await serve_request(received().substr(0, *size));
        if (phase_ == phase::idle && filled_ > 0) enter(phase::head, context_.bounds.head_time);
        if (filled_ == input_.size()) input_.resize(std::min(input_.size() * 2, context_.bounds.head + first_buffer));
        if (!co_await receive()) co_return false;
    }
}

core::awaitable<bool> connection::receive() {
    boost::system::error_code error;
    do {
        if (is_idle() && !is_waited_for_ && !stream_.has_input()) {
            close();
            co_return false;
        }
        filled_ += co_await stream_.read_some(asio::buffer(input_.data() + filled_, input_.size() - filled_), error);
    } while (error == asio::error::operation_aborted && is_idle() && !is_waited_for_ && stream_.is_open());
    is_waited_for_ = !context_.draining;
    if (error == asio::error::eof) stream_.say_goodbye();
    if (error) stream_.close();
    co_return !error;
}

core::awaitable<bool> connection::serve_request(std::string_view head) {
    phase_ = phase::handling;
    request request;
    request.fields.reserve(usual_fields);
    request.client = client_;
    request.local = local_;
    request.is_encrypted = stream_.is_secure();
    const auto framing = parse_head(head, context_.bounds, request);
    if (!framing) co_return co_await refuse(request, framing.error());

    auto admitted = context_.handler.admit(request);
    bool keep_alive = framing->keep_alive;
    if (framing->has_body()) {
        refusal why{413, "The body is too large."};
        if (admitted.answer) {
            keep_alive = false;  // the body that follows is not read
        } else {
            const auto arrived = co_await receive_body(request, head, *framing, admitted.body_limit, why);
            if (arrived == arrival::lost) co_return false;
            if (arrived == arrival::refused) co_return co_await refuse(request, why);
        }
    }
    phase_ = phase::handling;
    const auto answer =
        admitted.answer ? std::move(*admitted.answer) : co_await context_.handler.handle(request, admitted);
    if (!framing->has_body()) body_input_.clear();
    if (answer.pieces) {
        if (co_await send(request, answer, false) && request.method != "HEAD") co_await send_pieces(answer);
        co_return false;
    }
    const bool sent = co_await send(request, answer, keep_alive && !context_.draining);
    if (sent) drop_request(head.size());
    co_return sent&& keep_alive && !context_.draining;
}

core::awaitable<bool> connection::refuse(request& request, refusal why) {
    const auto answer = context_.handler.refuse(request, why.status, why.detail);
    co_await send(request, answer, false);
    co_return false;
}

core::awaitable<bool> connection::send(const request& request, const response& answer, bool keep_alive) {
    output_.clear();
    const auto rest = serialise(answer,
                                {.without_body = request.method == "HEAD",
                                 .keep_alive = keep_alive,
                                 .is_secure = stream_.is_secure(),
                                 .date = context_.date.at(context_.clock.now()),
                                 .trace_id = request.from.trace.trace_id},
                                output_);
    const bool sent = co_await write(output_, rest);
    if (output_.capacity() > kept_output) std::string{}.swap(output_);
    co_return sent;
}

// Nothing is read meanwhile: what a client sends behind such a request is not answered.
core::awaitable<void> connection::send_pieces(const response& answer) {
    while (!context_.draining && !stream_.is_left()) {
        phase_ = phase::streaming;
        const auto piece = co_await answer.pieces();
        if (!piece) co_return;
        if (!piece->empty() && !co_await write(*piece, {})) co_return;
    }
}

core::awaitable<bool> connection::write(std::string_view first, std::string_view second) {
    while (!first.empty() || !second.empty()) {
        enter(phase::writing, context_.bounds.write_stall);
        boost::system::error_code error;
        const auto count = co_await stream_.write_some(first, second, error);
        if (error) {
            stream_.close();
            co_return false;
        }
        const auto of_first = std::min(count, first.size());
        first.remove_prefix(of_first);
        second.remove_prefix(count - of_first);
    }
    co_return true;
}

// Cuts what was served off the input; what the client has sent behind it is the beginning of its next request.
void connection::drop_request(std::size_t head_size) {
    const auto left = filled_ - head_size;
    std::copy_n(input_.begin() + static_cast<std::ptrdiff_t>(head_size), left, input_.begin());
    filled_ = left;
    if (!body_input_.empty()) {
        input_.resize(std::max(input_.size(), body_input_.size()));
        std::ranges::copy(body_input_, input_.begin());
        filled_ = body_input_.size();
        body_input_.clear();
    }
    finder_.reset();
}

// Closing with unread input makes the kernel send a reset, which may destroy the answer before the client has read it.
// So: no more answers, and read until the client closes or the time is over.
core::awaitable<void> connection::linger() {
    enter(phase::lingering, context_.bounds.linger_time);
    boost::system::error_code error;
    co_await stream_.finish(error);
    while (!error) co_await stream_.read_some(asio::buffer(input_.data(), input_.size()), error);
}

}  // namespace web
