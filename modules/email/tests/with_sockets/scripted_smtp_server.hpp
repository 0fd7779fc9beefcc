#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <email/settings.hpp>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace email {

// An SMTP server that does what a test wants. It listens on a free port of 127.0.0.1 and serves each connection on a
// thread.
class scripted_smtp_server {
public:
    struct received_mail {
        std::string from;             // the argument of MAIL, as it came
        std::vector<std::string> to;  // of each RCPT
        std::string data;             // without dot-stuffing, with the CRLF before the last dot
        std::size_t connection = 0;   // from 1
    };

    // Called for each line that the client sends, for "CONNECT" and for "MESSAGE" (the end of the data). What it
    // returns is sent instead of the usual reply; an empty text closes the connection. Any thread.
    using script = std::function<std::optional<std::string>(std::size_t connection, const std::string& line)>;

    explicit scripted_smtp_server(script script = {},
                                  std::vector<std::string> capabilities = {"8BITMIME", "SIZE 10485760"});
    scripted_smtp_server(const scripted_smtp_server&) = delete;
    scripted_smtp_server& operator=(const scripted_smtp_server&) = delete;
    ~scripted_smtp_server();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::vector<received_mail> mails() const;
    [[nodiscard]] std::vector<std::string> lines() const;
    [[nodiscard]] std::size_t connections() const;
    void set_script(script script);

private:
    using socket = boost::asio::ip::tcp::socket;

    void accept();
    void serve(socket& socket, std::size_t connection);
    [[nodiscard]] std::string reply_to(std::size_t connection, const std::string& line, received_mail& mail,
                                       bool& in_data);

    std::vector<std::string> capabilities_;
    mutable std::mutex mutex_;
    script script_;
    std::vector<received_mail> mails_;
    std::vector<std::string> lines_;
    std::size_t connections_ = 0;
    bool stopping_ = false;
    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::uint16_t port_;
    std::list<socket> sockets_;
    std::vector<std::thread> threads_;
    std::thread acceptor_thread_;
};

// Settings for a server of the tests.
[[nodiscard]] settings settings_for(const scripted_smtp_server& server);

}  // namespace email
