#include "client.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <harness/co_test.hpp>

namespace web::testing {

namespace asio = core::asio;

namespace {

using socket = asio::basic_stream_socket<asio::ip::tcp, core::executor>;

asio::ssl::context context_for(const tls_wish& wish) {
    asio::ssl::context context{asio::ssl::context::tls_client};
    context.set_verify_mode(asio::ssl::verify_peer);
    context.load_verify_file(wish.authority.string());
    SSL_CTX_set_security_level(context.native_handle(), 0);  // versions as old as 1.1 need it
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.native_handle(), wish.newest_version);
    const std::vector<unsigned char> protocols{wish.protocols.begin(), wish.protocols.end()};
    SSL_CTX_set_alpn_protos(context.native_handle(), protocols.data(), static_cast<unsigned>(protocols.size()));
    return context;
}

}  // namespace

struct raw_client::tls_layer {
    tls_layer(socket& below, const tls_wish& wish) : context{context_for(wish)}, stream{below, context} {}

    asio::ssl::context context;
    asio::ssl::stream<socket&> stream;
};

raw_client::raw_client() : socket_{harness::loop()} {}
raw_client::~raw_client() = default;

core::awaitable<boost::system::error_code> raw_client::shake_hands(tls_wish wish) {
    tls_ = std::make_unique<tls_layer>(socket_, wish);
    boost::system::error_code error;
    co_await tls_->stream.async_handshake(asio::ssl::stream_base::client,
                                          asio::redirect_error(core::use_awaitable, error));
    co_return error;
}

std::string raw_client::tls_version() const { return SSL_get_version(tls_->stream.native_handle()); }

std::string raw_client::protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(tls_->stream.native_handle(), &name, &size);
    return {name, name + size};
}

core::awaitable<std::size_t> raw_client::read_some(std::span<char> into, boost::system::error_code& error) {
    if (tls_)
        return tls_->stream.async_read_some(asio::buffer(into.data(), into.size()),
                                            asio::redirect_error(core::use_awaitable, error));
    return socket_.async_read_some(asio::buffer(into.data(), into.size()),
                                   asio::redirect_error(core::use_awaitable, error));
}

core::awaitable<void> raw_client::connect(std::uint16_t port) {
    co_await socket_.async_connect({asio::ip::address_v4::loopback(), port}, core::use_awaitable);
}

core::awaitable<void> raw_client::send(std::string bytes) {
    if (is_broken_) co_return;
    boost::system::error_code error;
    if (tls_)
        co_await asio::async_write(tls_->stream, asio::buffer(bytes), asio::redirect_error(core::use_awaitable, error));
    else
        co_await asio::async_write(socket_, asio::buffer(bytes), asio::redirect_error(core::use_awaitable, error));
    is_broken_ = error.failed();
}

core::awaitable<answer> raw_client::receive(bool to_head) {
    answer result;
    std::array<char, 16 * 1024> piece{};
    std::size_t head_end = std::string::npos;
    std::size_t wanted = 0;
    bool ends_with_connection = false;
    while (true) {
        const bool had_head = head_end != std::string::npos;
        if (!had_head) head_end = received_.find("\r\n\r\n");
        if (!had_head && head_end != std::string::npos) {
            result.status = std::stoi(received_.substr(9, 3));
            for (auto line = received_.find("\r\n") + 2; line < head_end;) {
                const auto end = received_.find("\r\n", line);
                const auto colon = received_.find(": ", line);
                auto name = received_.substr(line, colon - line);
                std::ranges::transform(name, name.begin(),
                                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
                result.headers.emplace(name, received_.substr(colon + 2, end - colon - 2));
                line = end + 2;
            }
            const auto length = result.header("content-length");
            wanted = head_end + 4 + (to_head || length.empty() ? 0 : std::stoul(length));
            ends_with_connection = !to_head && length.empty() && result.status == 200;
        }
        if (head_end != std::string::npos && received_.size() >= wanted && !ends_with_connection) {
            result.body = received_.substr(head_end + 4, wanted - head_end - 4);
            received_.erase(0, wanted);
            co_return result;
        }
        boost::system::error_code error;
        const auto size = co_await read_some(piece, error);
        if (error && ends_with_connection) result.body = received_.substr(wanted);
        if (error) co_return ends_with_connection ? result : answer{};
        received_.append(piece.data(), size);
    }
}

core::awaitable<bool> raw_client::is_closed() {
    if (!received_.empty()) co_return false;
    std::array<char, 64> piece{};
    boost::system::error_code error;
    co_await read_some(piece, error);
    co_return error == asio::error::eof || error == asio::error::connection_reset;
}

void raw_client::close() { socket_.close(); }

core::awaitable<answer> exchange(std::uint16_t port, std::string bytes) {
    raw_client client;
    co_await client.connect(port);
    const bool to_head = bytes.starts_with("HEAD ");
    co_await client.send(std::move(bytes));
    co_return co_await client.receive(to_head);
}

core::awaitable<answer> exchange_over_tls(std::uint16_t port, std::filesystem::path authority, std::string bytes) {
    raw_client client;
    co_await client.connect(port);
    const auto error = co_await client.shake_hands({.authority = std::move(authority)});
    if (error) throw boost::system::system_error{error};
    co_await client.send(std::move(bytes));
    co_return co_await client.receive();
}

std::string get(std::string_view path, std::string_view fields) {
    return "GET " + std::string{path} + " HTTP/1.1\r\nHost: localhost\r\n" + std::string{fields} + "\r\n";
}

std::string post(std::string_view path, std::string_view type, std::string_view body, std::string_view fields) {
    return "POST " + std::string{path} + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + std::string{type} +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string{fields} + "\r\n" +
           std::string{body};
}

}  // namespace web::testing
