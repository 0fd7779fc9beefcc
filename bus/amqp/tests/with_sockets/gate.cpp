#include "gate.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <system_error>
#include <utility>

#include "test_broker.hpp"

namespace bus::amqp::test {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error{errno, std::generic_category(), what}; }

sockaddr_in local(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

bool write_all(int socket, const char* data, std::size_t size) {
    while (size > 0) {
        const auto sent = ::send(socket, data, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        data += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

}  // namespace

gate::gate() : broker_{broker_for_tests()} {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    wake_up_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    auto address = local(0);
    socklen_t size = sizeof(address);
    // Bound but not listening: the port is ours, and whoever comes is refused.
    if (listener_ < 0 || wake_up_ < 0 || ::bind(listener_, std::bit_cast<const sockaddr*>(&address), size) != 0 ||
        ::getsockname(listener_, std::bit_cast<sockaddr*>(&address), &size) != 0)
        fail("a gate");
    port_ = ntohs(address.sin_port);
}

gate::~gate() {
    is_over_ = true;
    wake();
    if (thread_.joinable()) thread_.join();
    for (auto& ends : pairs_) close_pair(ends);
    ::close(listener_);
    ::close(wake_up_);
}

broker_address gate::address() const {
    auto address = broker_;
    address.host = "127.0.0.1";
    address.port = port_;
    return address;
}

void gate::open() {
    if (::listen(listener_, 16) != 0) fail("listen");
    thread_ = std::thread{[this] { work(); }};
}

void gate::cut() {
    {
        const std::lock_guard lock{mutex_};
        is_to_cut_ = true;
    }
    wake();
}

void gate::hold() {
    is_held_ = true;
    wake();
}

void gate::say_to_client(std::string bytes) {
    {
        const std::lock_guard lock{mutex_};
        words_ = std::move(bytes);
    }
    wake();
}

void gate::wake() const { (void)::eventfd_write(wake_up_, 1); }

void gate::work() {
    while (!is_over_) {
        std::vector<pollfd> entries{{.fd = wake_up_, .events = POLLIN, .revents = 0}};
        if (!is_held_) {
            entries.push_back({.fd = listener_, .events = POLLIN, .revents = 0});
            for (const auto& ends : pairs_)
                for (const auto end : {ends.client, ends.broker})
                    entries.push_back({.fd = end, .events = POLLIN, .revents = 0});
        }
        if (::poll(entries.data(), entries.size(), -1) < 0) continue;
        obey();
        if (is_held_ || entries.size() == 1) continue;
        for (std::size_t i = 0; i < pairs_.size() && 3 + 2 * i < entries.size(); ++i) {
            auto& ends = pairs_[i];
            if (entries[2 + 2 * i].revents != 0 && ends.client >= 0) {
                ++pieces_;
                if (!forward(ends.client, ends.broker)) close_pair(ends);
            }
            if (entries[3 + 2 * i].revents != 0 && ends.broker >= 0 && !forward(ends.broker, ends.client))
                close_pair(ends);
        }
        if (entries[1].revents != 0) accept_one();
    }
}

void gate::obey() {
    eventfd_t ignored = 0;
    (void)::eventfd_read(wake_up_, &ignored);
    const std::lock_guard lock{mutex_};
    for (auto& ends : pairs_)
        if (ends.client >= 0 && !words_.empty()) (void)write_all(ends.client, words_.data(), words_.size());
    words_.clear();
    if (std::exchange(is_to_cut_, false))
        for (auto& ends : pairs_) close_pair(ends);
}

void gate::accept_one() {
    pair ends{.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC),
              .broker = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto address = local(broker_.port);
    if (::connect(ends.broker, std::bit_cast<const sockaddr*>(&address), sizeof(address)) != 0) close_pair(ends);
    pairs_.push_back(ends);
}

bool gate::forward(int from, int to) const {
    std::array<char, 65'536> data{};
    const auto size = ::recv(from, data.data(), data.size(), 0);
    return size > 0 && write_all(to, data.data(), static_cast<std::size_t>(size));
}

void gate::close_pair(pair& ends) const {
    // poll() leaves out what is negative.
    for (auto* end : {&ends.client, &ends.broker})
        if (const auto descriptor = std::exchange(*end, -1); descriptor >= 0) ::close(descriptor);
}

}  // namespace bus::amqp::test
