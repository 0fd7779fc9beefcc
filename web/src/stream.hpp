#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <core/async.hpp>
#include <memory>
#include <string_view>
#include <web/tls.hpp>

namespace web {

using socket = core::asio::basic_stream_socket<core::asio::ip::tcp, core::executor>;

// The bytes of a connection, plain or over TLS. One operation at a time; an operation that fails sets `error`, which
// has to live until it ends. On the plain way there is no coroutine more than the socket's own.
class stream {
public:
    using error_code = boost::system::error_code;

    // Without an identity it is plain.
    stream(socket socket, const tls_identity* identity);
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;
    ~stream();

    [[nodiscard]] const web::socket& bare() const noexcept { return socket_; }
    [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }
    [[nodiscard]] bool is_secure() const noexcept { return tls_ != nullptr; }

    // Once, before anything else, when it is secure.
    core::awaitable<void> shake_hands(error_code& error);
    core::awaitable<std::size_t> read_some(core::asio::mutable_buffer into, error_code& error);
    // From the beginning of `first`, then of `second`.
    core::awaitable<std::size_t> write_some(std::string_view first, std::string_view second, error_code& error);

    // Ends a read that waits, with operation_aborted.
    void cancel() noexcept;
    // Something has come that is not read yet. Over TLS it is not known before it is read: never.
    [[nodiscard]] bool has_input() noexcept;

    // Tells the client that nothing follows. What is left is the bare connection, to wait for its end.
    core::awaitable<void> finish(error_code& error);
    // The same for a connection that is closed now, also while a read waits, but not during a write: what the kernel
    // does not take at once is not sent.
    void say_goodbye();
    // The client has closed its side, or is gone. Over TLS it may be seen late, at the next write.
    [[nodiscard]] bool is_left() noexcept;
    // After a failed handshake: the client never spoke TLS.
    void become_plain() noexcept;
    void close() noexcept;

private:
    struct tls_layer;

    socket socket_;
    std::unique_ptr<tls_layer> tls_;
};

// Whether a handshake failed since the client has sent a request of HTTP in its place.
[[nodiscard]] bool is_plain_http(const boost::system::error_code& handshake_error);

}  // namespace web
