#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <core/async.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
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

// What a client wants of TLS.
struct tls_wish {
    std::filesystem::path authority{};  // whom it trusts
    int newest_version = 0;             // TLS1_2_VERSION, …; 0: any
    std::string protocols{};            // for ALPN, each with its length before it
};

// A client that sends exactly the bytes it is told to.
class raw_client {
public:
    raw_client();
    ~raw_client();

    core::awaitable<void> connect(std::uint16_t port);
    // From here on all is over TLS. On failure: why.
    core::awaitable<boost::system::error_code> shake_hands(tls_wish wish);
    [[nodiscard]] std::string tls_version() const;  // "TLSv1.3"
    [[nodiscard]] std::string protocol() const;     // what ALPN has chosen
    // That the server has closed is seen by receive().
    core::awaitable<void> send(std::string bytes);
    // The next answer; one to HEAD has no body.
    core::awaitable<answer> receive(bool to_head = false);
    // True when the server closes without another byte, over TLS with close_notify.
    core::awaitable<bool> is_closed();
    void close();

private:
    struct tls_layer;

    core::awaitable<std::size_t> read_some(std::span<char> into, boost::system::error_code& error);

    core::asio::basic_stream_socket<core::asio::ip::tcp, core::executor> socket_;
    std::unique_ptr<tls_layer> tls_;
    std::string received_;
    bool is_broken_ = false;
};

// One request on a connection of its own.
core::awaitable<answer> exchange(std::uint16_t port, std::string bytes);
core::awaitable<answer> exchange_over_tls(std::uint16_t port, std::filesystem::path authority, std::string bytes);

// GET path with the lines of `fields`, each ended by CR LF.
[[nodiscard]] std::string get(std::string_view path, std::string_view fields = {});
[[nodiscard]] std::string post(std::string_view path, std::string_view type, std::string_view body,
                               std::string_view fields = {});

}  // namespace web::testing
