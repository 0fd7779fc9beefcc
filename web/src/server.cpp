#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <cassert>
#include <core/exit.hpp>
#include <core/notifier.hpp>
#include <core/task_group.hpp>
#include <functional>
#include <list>
#include <web/server.hpp>

#include "connection.hpp"

namespace web {

namespace asio = core::asio;
using tcp = asio::ip::tcp;

namespace {

constexpr auto watch_interval = std::chrono::seconds{1};

}  // namespace

struct server::impl {
    using acceptor_type = asio::basic_socket_acceptor<tcp, core::executor>;
    using place = std::list<connection>::iterator;

    impl(core::executor executor, core::clock& time, core::logger logger, service& handler, limits limits,
         const tls_identity* identity)
        : bounds{limits},
          clock{time},
          log{std::move(logger)},
          acceptor{executor},
          context{.bounds = bounds, .handler = handler, .clock = clock, .log = log, .identity = identity},
          room{executor},
          tasks{executor, clock, log},
          serving{executor, clock, log} {}

    // Whether the address has one connection too many.
    [[nodiscard]] bool is_crowded(std::string_view client) const;
    core::awaitable<void> accept();
    core::awaitable<void> serve(place place);
    core::awaitable<void> watch();
    void close_door();
    core::awaitable<void> cut_off_at(core::monotonic_time deadline);
    core::awaitable<void> finish(core::monotonic_time deadline);

    const limits bounds;
    core::clock& clock;
    core::logger log;
    acceptor_type acceptor;
    connection_context context;
    core::notifier room;  // a connection has ended, or a second has passed
    std::list<connection> connections;
    core::task_group tasks;
    core::task_group serving;
    std::string address;
    std::uint16_t port = 0;
};

bool server::impl::is_crowded(std::string_view client) const {
    if (!bounds.connections_per_address) return false;
    const auto count = std::ranges::count(connections, client, &connection::client);
    return static_cast<std::size_t>(count) > *bounds.connections_per_address;
}

core::awaitable<void> server::impl::accept() {
    while (acceptor.is_open()) {
        while (connections.size() >= bounds.connections) co_await room.wait();
        boost::system::error_code error;
        auto socket = co_await acceptor.async_accept(asio::redirect_error(core::use_awaitable, error));
        if (!acceptor.is_open() || error == asio::error::operation_aborted) co_return;
        if (error == asio::error::connection_aborted) continue;
        if (error) {
            // No descriptors left, most likely: there is room again when a connection ends.
            log.warning("no connection can be accepted now",
                        {{"error", error.message()}, {"open", connections.size()}});
            co_await room.wait();
            continue;
        }
        connections.emplace_back(std::move(socket), context);
        const auto place = std::prev(connections.end());
        if (is_crowded(place->client())) {
            connections.erase(place);
            continue;
        }
        if (!serving.spawn("connection", serve(place))) connections.erase(place);
    }
}

core::awaitable<void> server::impl::serve(place place) {
    struct membership {
        impl& server;
        std::list<connection>::iterator place;
        ~membership() {
            server.connections.erase(place);
            server.room.notify();
        }
    };
    const membership member{*this, place};
    co_await place->serve();
}

core::awaitable<void> server::impl::watch() {
    while (true) {
        co_await clock.sleep_for(watch_interval);
        const auto now = clock.monotonic();
        for (auto& connection : connections) connection.expire(now);
        room.notify();
    }
}

void server::impl::close_door() {
    if (context.draining) return;
    context.draining = true;
    boost::system::error_code ignored;
    acceptor.close(ignored);
    for (auto& connection : connections)
        if (connection.is_idle()) connection.stop_waiting();
}

core::awaitable<void> server::impl::cut_off_at(core::monotonic_time deadline) {
    co_await clock.sleep_until(deadline);
    log.warning("open requests are cut off", {{"count", connections.size()}});
    for (auto& connection : connections) connection.close();
    serving.stop();
}

core::awaitable<void> server::impl::finish(core::monotonic_time deadline) {
    close_door();
    if (!connections.empty()) tasks.spawn("cut off open requests", cut_off_at(deadline));
    co_await serving.join();
    connections.clear();  // those whose task was cancelled before its first step
    tasks.stop();
    co_await tasks.join();
}

server::server(core::executor executor, core::clock& clock, core::logger log, service& service, limits limits,
               const tls_identity* identity)
    : impl_{std::make_unique<impl>(executor, clock, std::move(log), service, limits, identity)} {}

server::~server() { assert(impl_->connections.empty() && "a server is destroyed before stop()"); }

void server::listen(const listen_address& address) {
    boost::system::error_code error;
    tcp::resolver resolver{impl_->acceptor.get_executor()};
    const auto found = resolver.resolve(address.host, std::to_string(address.port), tcp::resolver::passive, error);
    const auto wanted = address.host + ':' + std::to_string(address.port);
    if (error || found.empty())
        throw core::fatal_error{core::exit_code::unavailable, "cannot listen on " + wanted + ": " + error.message()};
    const auto endpoint = found.begin()->endpoint();
    auto& acceptor = impl_->acceptor;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address{true}, error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        const std::string reason =
            error == asio::error::address_in_use ? "address in use by another program" : error.message();
        throw core::fatal_error{core::exit_code::unavailable, "cannot listen on " + wanted + ": " + reason};
    }
    const auto bound = acceptor.local_endpoint();
    impl_->port = bound.port();
    const auto name = bound.address().to_string();
    impl_->address = (bound.address().is_v6() ? '[' + name + ']' : name) + ':' + std::to_string(bound.port());
}

void server::start() {
    impl_->tasks.spawn_restarting("accept", std::bind_front(&impl::accept, impl_.get()));
    impl_->tasks.spawn_restarting("watch connections", std::bind_front(&impl::watch, impl_.get()));
}

const std::string& server::address() const noexcept { return impl_->address; }
std::uint16_t server::port() const noexcept { return impl_->port; }
std::size_t server::connections() const noexcept { return impl_->connections.size(); }

void server::close_door() { impl_->close_door(); }

core::awaitable<void> server::stop(core::monotonic_time deadline) { co_await impl_->finish(deadline); }

}  // namespace web
