#include "scripted_smtp_server.hpp"

#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <istream>

namespace email {
namespace asio = boost::asio;
using asio::ip::tcp;

scripted_smtp_server::scripted_smtp_server(script script, std::vector<std::string> capabilities)
    : capabilities_{std::move(capabilities)},
      script_{std::move(script)},
      acceptor_{context_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}},
      port_{acceptor_.local_endpoint().port()},
      acceptor_thread_{[this] { accept(); }} {}

scripted_smtp_server::~scripted_smtp_server() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
        boost::system::error_code ignored;
        for (auto& socket : sockets_) socket.shutdown(tcp::socket::shutdown_both, ignored);
    }
    // A blocking accept ends only with a connection.
    boost::system::error_code ignored;
    tcp::socket last{context_};
    last.connect(tcp::endpoint{asio::ip::address_v4::loopback(), port_}, ignored);
    acceptor_thread_.join();
    for (auto& thread : threads_) thread.join();
}

std::vector<scripted_smtp_server::received_mail> scripted_smtp_server::mails() const {
    const std::lock_guard lock{mutex_};
    return mails_;
}

std::vector<std::string> scripted_smtp_server::lines() const {
    const std::lock_guard lock{mutex_};
    return lines_;
}

std::size_t scripted_smtp_server::connections() const {
    const std::lock_guard lock{mutex_};
    return connections_;
}

void scripted_smtp_server::set_script(script script) {
    const std::lock_guard lock{mutex_};
    script_ = std::move(script);
}

void scripted_smtp_server::accept() {
    while (true) {
        tcp::socket socket{context_};
        acceptor_.accept(socket);
        const std::lock_guard lock{mutex_};
        if (stopping_) return;
        auto& kept = sockets_.emplace_back(std::move(socket));
        threads_.emplace_back([this, &kept, number = ++connections_] { serve(kept, number); });
    }
}

void scripted_smtp_server::serve(socket& socket, std::size_t connection) {
    boost::system::error_code error;
    asio::streambuf buffer;
    std::istream input{&buffer};
    received_mail mail{.from = {}, .to = {}, .data = {}, .connection = connection};
    bool in_data = false;
    std::string line = "CONNECT";
    while (!error) {
        const auto reply = reply_to(connection, line, mail, in_data);
        if (reply.empty()) break;
        asio::write(socket, asio::buffer(reply), error);
        if (error || line.starts_with("QUIT")) break;
        // While data comes there is nothing to reply to.
        do {
            asio::read_until(socket, buffer, "\r\n", error);
            if (error) break;
            std::getline(input, line);
            if (line.ends_with('\r')) line.pop_back();
            if (!in_data) break;
            if (line == ".") {
                line = "MESSAGE";
                break;
            }
            mail.data += (line.starts_with('.') ? line.substr(1) : line) + "\r\n";
        } while (true);
    }
    const std::lock_guard lock{mutex_};
    socket.shutdown(tcp::socket::shutdown_both, error);
}

std::string scripted_smtp_server::reply_to(std::size_t connection, const std::string& line, received_mail& mail,
                                           bool& in_data) {
    script script;
    {
        const std::lock_guard lock{mutex_};
        lines_.push_back(line);
        script = script_;
    }
    const auto scripted = script ? script(connection, line) : std::nullopt;
    if (line == "MESSAGE") {
        in_data = false;
        const std::lock_guard lock{mutex_};
        if (!scripted || scripted->starts_with("2")) mails_.push_back(mail);
        mail = {.from = {}, .to = {}, .data = {}, .connection = connection};
    }
    if (scripted) return *scripted;
    if (line == "CONNECT") return "220 test ready\r\n";
    if (line.starts_with("EHLO")) {
        std::string reply = "250-test\r\n";
        for (const auto& capability : capabilities_) reply += "250-" + capability + "\r\n";
        return reply + "250 HELP\r\n";
    }
    if (line.starts_with("MAIL FROM:")) mail.from = line.substr(10);
    if (line.starts_with("RCPT TO:")) mail.to.push_back(line.substr(8));
    if (line == "DATA") {
        in_data = true;
        return "354 go on\r\n";
    }
    if (line == "QUIT") return "221 bye\r\n";
    if (line == "AUTH PLAIN") return "334 \r\n";
    const bool is_command = line.starts_with("MAIL") || line.starts_with("RCPT") || line == "MESSAGE";
    return is_command ? "250 ok\r\n" : "235 welcome\r\n";
}

settings settings_for(const scripted_smtp_server& server) {
    settings settings;
    settings.server = smtp_server{.host = "127.0.0.1", .port = server.port()};
    settings.connections = 4;
    return settings;
}

}  // namespace email
