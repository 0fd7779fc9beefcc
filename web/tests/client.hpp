#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <core/async.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace web::testing {

struct answer {
    int status = 0;                                   // 0: the connection ended without one
    std::multimap<std::string, std::string> headers;  // names in lower case
    std::string body;

    [[nodiscard]] std::string header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string{} : found->second;
    }
};

// A client that sends exactly the bytes it is told to.
class raw_client {
public:
    raw_client();

    core::awaitable<void> connect(std::uint16_t port);
    // That the server has closed is seen by receive().
    core::awaitable<void> send(std::string bytes);
    // The next answer; one to HEAD has no body.
    core::awaitable<answer> receive(bool to_head = false);
    // True when the server closes without another byte.
    core::awaitable<bool> is_closed();
    void close();

private:
    core::asio::basic_stream_socket<core::asio::ip::tcp, core::executor> socket_;
    std::string received_;
    bool is_broken_ = false;
};

// One request on a connection of its own.
core::awaitable<answer> exchange(std::uint16_t port, std::string bytes);

// GET path with the lines of `fields`, each ended by CR LF.
[[nodiscard]] std::string get(std::string_view path, std::string_view fields = {});
[[nodiscard]] std::string post(std::string_view path, std::string_view type, std::string_view body,
                               std::string_view fields = {});

}  // namespace web::testing
