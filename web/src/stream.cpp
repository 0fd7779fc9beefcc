#include "stream.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cerrno>
#include <new>

namespace web {

namespace asio = core::asio;

struct stream::tls_layer : asio::ssl::stream<socket&> {
    using asio::ssl::stream<socket&>::stream;
};

namespace {

auto telling(stream::error_code& error) { return asio::redirect_error(core::use_awaitable, error); }

// It keeps its SSL_CTX alive, so that a reload leaves this connection alone.
SSL* new_session(const tls_identity& identity) {
    auto* const session = SSL_new(&identity.context());
    if (session == nullptr) throw std::bad_alloc{};
    return session;
}

}  // namespace

stream::stream(web::socket socket, const tls_identity* identity) : socket_{std::move(socket)} {
    error_code ignored;  // a connection that is gone already fails at its first read
    socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
    if (identity != nullptr) tls_ = std::make_unique<tls_layer>(socket_, new_session(*identity));
}

stream::~stream() = default;

core::awaitable<void> stream::shake_hands(error_code& error) {
    return tls_->async_handshake(asio::ssl::stream_base::server, telling(error));
}

core::awaitable<std::size_t> stream::read_some(asio::mutable_buffer into, error_code& error) {
    return tls_ ? tls_->async_read_some(into, telling(error)) : socket_.async_read_some(into, telling(error));
}

core::awaitable<std::size_t> stream::write_some(std::string_view first, std::string_view second, error_code& error) {
    const std::array buffers{asio::buffer(first), asio::buffer(second)};
    if (tls_) return tls_->async_write_some(first.empty() ? buffers.back() : buffers.front(), telling(error));
    return second.empty() ? socket_.async_write_some(buffers.front(), telling(error))
                          : socket_.async_write_some(buffers, telling(error));
}

core::awaitable<void> stream::finish(error_code& error) {
    if (tls_) {
        // The client's own close_notify is not waited for: RFC 8446, section 6.1, wants none.
        SSL_set_shutdown(tls_->native_handle(), SSL_RECEIVED_SHUTDOWN);
        co_await tls_->async_shutdown(telling(error));
        become_plain();
    }
    if (!error) socket_.shutdown(socket::shutdown_send, error);
}

void stream::say_goodbye() {
    if (!tls_ || SSL_is_init_finished(tls_->native_handle()) == 0) return;
    error_code ignored;  // the connection is given up in any case
    socket_.non_blocking(true, ignored);
    SSL_set_shutdown(tls_->native_handle(), SSL_RECEIVED_SHUTDOWN);
    tls_->shutdown(ignored);
}

void stream::cancel() noexcept {
    error_code ignored;
    socket_.cancel(ignored);
}

bool stream::has_input() noexcept {
    error_code ignored;
    return !tls_ && socket_.available(ignored) > 0;
}

bool stream::is_left() noexcept {
    if (!socket_.is_open()) return true;
    char byte = 0;
    const auto size = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size == 0 || (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void stream::become_plain() noexcept { tls_.reset(); }

void stream::close() noexcept {
    error_code ignored;
    socket_.close(ignored);
}

bool is_plain_http(const boost::system::error_code& handshake_error) {
    return handshake_error.category() == asio::error::get_ssl_category() &&
           ERR_GET_REASON(static_cast<unsigned long>(handshake_error.value())) == SSL_R_HTTP_REQUEST;
}

}  // namespace web
