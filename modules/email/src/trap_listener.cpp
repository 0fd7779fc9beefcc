#include "trap_listener.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <core/exit.hpp>
#include <core/timeout.hpp>
#include <utility>

namespace email {

namespace asio = core::asio;

namespace {

constexpr std::size_t most_connections = 100;
constexpr std::chrono::minutes longest_silence{5};  // RFC 5321, section 4.5.3.2.7
constexpr std::chrono::seconds after_a_failure{1};
constexpr std::size_t piece = 16UL * 1024UL;

}  // namespace

trap_listener::trap_listener(const bus::module_context& context, listen_address address, keeper keep)
    : context_{context},
      address_{std::move(address)},
      keep_{std::move(keep)},
      acceptor_{context.runtime.loop},
      accepting_{context.runtime.loop, context.runtime.time, context.log},
      serving_{context.runtime.loop, context.runtime.time, context.log} {}

void trap_listener::start() {
    listen();
    context_.log.info("mails that programs send here are kept",
                      {{"address", address_.host + ":" + std::to_string(port_)}});
    accepting_.spawn_restarting("mail trap", [this] { return accept(); });
}

void trap_listener::listen() {
    boost::system::error_code error;
    tcp::resolver resolver{acceptor_.get_executor()};
    const auto found = resolver.resolve(address_.host, std::to_string(address_.port), tcp::resolver::passive, error);
    if (!error) acceptor_.open(found.begin()->endpoint().protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address{true}, error);
    if (!error) acceptor_.bind(found.begin()->endpoint(), error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error)
        throw core::fatal_error{core::exit_code::unavailable, "cannot take mails on " + address_.host + ':' +
                                                                  std::to_string(address_.port) +
                                                                  " (email.trap_listen): " + error.message()};
    port_ = acceptor_.local_endpoint().port();
}

core::awaitable<void> trap_listener::accept() {
    while (true) {
        boost::system::error_code error;
        auto socket = co_await acceptor_.async_accept(asio::redirect_error(core::use_awaitable, error));
        if (error == asio::error::operation_aborted) co_return;
        if (error) {
            context_.log.warning("the mail trap can take no connection now", {{"error", error.message()}});
            co_await context_.runtime.time.sleep_for(after_a_failure);
        } else if (serving_.running() < most_connections) {
            serving_.spawn("mail trap connection", serve(std::move(socket)));
        } else {
            // A new connection has room for so little.
            socket.write_some(asio::buffer(std::string_view{"421 too many connections\r\n"}), error);
        }
    }
}

// Clients go when they like; that is no error.
core::awaitable<void> trap_listener::serve(socket socket) {
    try {
        co_await converse(socket);
        socket.shutdown(asio::socket_base::shutdown_send);
    } catch (const boost::system::system_error&) {
        co_return;
    }
}

core::awaitable<void> trap_listener::converse(socket& socket) {
    trap_session session{&room_};
    std::array<char, piece> bytes{};
    auto replies = trap_session::greeting();
    while (true) {
        while (session.has_mail()) {
            const bool is_kept = co_await keep_(session.mail());
            replies += session.settle(is_kept);
        }
        const auto written = co_await core::with_timeout(
            longest_silence, asio::async_write(socket, asio::buffer(replies), core::use_awaitable));
        if (!written || session.is_over()) co_return;
        const auto size = co_await core::with_timeout(longest_silence,
                                                      socket.async_read_some(asio::buffer(bytes), core::use_awaitable));
        if (!size) {
            constexpr std::string_view farewell = "421 nothing was said for five minutes\r\n";
            socket.write_some(asio::buffer(farewell));
            co_return;
        }
        replies = session.take({bytes.data(), *size});
    }
}

core::awaitable<void> trap_listener::stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    accepting_.stop();
    serving_.stop();
    co_await accepting_.join();
    co_await serving_.join();
}

}  // namespace email
