#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <bus/module_context.hpp>
#include <core/async.hpp>
#include <core/task_group.hpp>
#include <cstdint>
#include <email/settings.hpp>
#include <functional>
#include <string>

#include "trap_session.hpp"

namespace email {

// Takes mails by SMTP from programs on this machine: at most a hundred connections, five minutes without a word.
// Loop thread. The context outlives it.
class trap_listener {
public:
    // Answers once the mail is on disk; false when it could not be kept.
    using keeper = std::function<core::awaitable<bool>(const trapped_mail& mail)>;

    trap_listener(const bus::module_context& context, listen_address address, keeper keep);

    // Throws core::fatal_error (unavailable) when the port is taken.
    void start();
    // Ends conversations where they are.
    core::awaitable<void> stop();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
    using tcp = core::asio::ip::tcp;
    using socket = core::asio::basic_stream_socket<tcp, core::executor>;

    void listen();
    core::awaitable<void> accept();
    core::awaitable<void> serve(socket socket);
    core::awaitable<void> converse(socket& socket);

    bus::module_context context_;
    const listen_address address_;
    const keeper keep_;
    core::asio::basic_socket_acceptor<tcp, core::executor> acceptor_;
    std::uint16_t port_ = 0;
    std::size_t room_ = 32UL * 1024UL * 1024UL;  // bytes, for the messages of all connections together
    core::task_group accepting_;
    core::task_group serving_;
};

}  // namespace email
