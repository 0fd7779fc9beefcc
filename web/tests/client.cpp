#include "client.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <harness/co_test.hpp>

namespace web::testing {

namespace asio = core::asio;

raw_client::raw_client() : socket_{harness::loop()} {}

core::awaitable<void> raw_client::connect(std::uint16_t port) {
    co_await socket_.async_connect({asio::ip::address_v4::loopback(), port}, core::use_awaitable);
}

core::awaitable<void> raw_client::send(std::string bytes) {
    if (is_broken_) co_return;
    boost::system::error_code error;
    co_await asio::async_write(socket_, asio::buffer(bytes), asio::redirect_error(core::use_awaitable, error));
    is_broken_ = error.failed();
}

core::awaitable<answer> raw_client::receive(bool to_head) {
    answer result;
    std::array<char, 16 * 1024> piece{};
    std::size_t head_end = std::string::npos;
    std::size_t wanted = 0;
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
        }
        if (head_end != std::string::npos && received_.size() >= wanted) {
            result.body = received_.substr(head_end + 4, wanted - head_end - 4);
            received_.erase(0, wanted);
            co_return result;
        }
        boost::system::error_code error;
        const auto size =
            co_await socket_.async_read_some(asio::buffer(piece), asio::redirect_error(core::use_awaitable, error));
        if (error) co_return answer{};
        received_.append(piece.data(), size);
    }
}

core::awaitable<bool> raw_client::is_closed() {
    if (!received_.empty()) co_return false;
    std::array<char, 64> piece{};
    boost::system::error_code error;
    co_await socket_.async_read_some(asio::buffer(piece), asio::redirect_error(core::use_awaitable, error));
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

std::string get(std::string_view path, std::string_view fields) {
    return "GET " + std::string{path} + " HTTP/1.1\r\nHost: localhost\r\n" + std::string{fields} + "\r\n";
}

std::string post(std::string_view path, std::string_view type, std::string_view body, std::string_view fields) {
    return "POST " + std::string{path} + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + std::string{type} +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string{fields} + "\r\n" +
           std::string{body};
}

}  // namespace web::testing
