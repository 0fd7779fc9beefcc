#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <core/exit.hpp>
#include <core/notifier.hpp>
#include <core/task_group.hpp>
#include <tuple>

#include "world.hpp"

namespace web::testing {
namespace {

using namespace std::chrono_literals;

// A handler that answers when it is told to.
struct gate {
    core::notifier opened{harness::loop()};
    int inside = 0;

    core::awaitable<response> wait(request&) {
        ++inside;
        co_await opened.wait();
        co_return response{.content_type = content_type::text, .body = "through"};
    }
};

CO_TEST(server, stopping_lets_open_requests_finish_and_closes_idle_connections_at_once) {
    gate gate;
    server_under_test server;
    server.routes.add("GET", "/wait", std::bind_front(&gate::wait, &gate));
    server.routes.add("GET", "/echo", echo);
    server.start();
    raw_client idle;
    raw_client busy;
    co_await idle.connect(server.port());
    co_await idle.send(get("/echo"));
    co_await idle.receive();
    co_await busy.connect(server.port());
    co_await busy.send(get("/wait"));
    co_await harness::eventually([&] { return gate.inside == 1; });

    server.server.close_door();
    const bool idle_is_closed = co_await idle.is_closed();
    gate.opened.notify();
    const auto answer = co_await busy.receive();
    busy.close();
    co_await server.server.stop(server.world.clock.monotonic() + 5s);

    EXPECT_TRUE(idle_is_closed);
    EXPECT_EQ(answer.body, "through");
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_EQ(server.server.connections(), 0u);
}

// It may have been read already, and waits for its turn: closed then, it would be done and never answered.
CO_TEST(server, a_request_that_came_before_the_door_was_closed_is_answered) {
    server_under_test server;
    server.routes.add("GET", "/echo", echo);
    server.start();
    core::asio::basic_stream_socket<core::asio::ip::tcp, core::executor> client{harness::loop()};
    client.connect({core::asio::ip::address_v4::loopback(), server.port()});
    co_await harness::eventually([&] { return server.server.connections() == 1; });

    write(client, core::asio::buffer(get("/echo")));
    server.server.close_door();
    std::string answer;
    boost::system::error_code error;
    co_await async_read(client, core::asio::dynamic_buffer(answer),
                        core::asio::redirect_error(core::use_awaitable, error));
    client.close();
    co_await server.server.stop(server.world.clock.monotonic() + 5s);

    EXPECT_EQ(error, core::asio::error::eof);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
    EXPECT_TRUE(answer.contains("Connection: close\r\n")) << answer;
}

CO_TEST(server, who_is_not_done_by_the_deadline_is_cut_off) {
    gate gate;
    server_under_test server;
    server.routes.add("GET", "/wait", std::bind_front(&gate::wait, &gate));
    server.start();
    raw_client busy;
    co_await busy.connect(server.port());
    co_await busy.send(get("/wait"));
    co_await harness::eventually([&] { return gate.inside == 1; });

    co_await server.server.stop(server.world.clock.monotonic());

    EXPECT_TRUE(co_await busy.is_closed());
    EXPECT_EQ(server.server.connections(), 0u);
}

CO_TEST(server, nobody_gets_in_after_the_door_is_closed) {
    server_under_test server;
    server.start();
    const auto port = server.port();
    co_await server.stop();

    raw_client late;
    bool refused = false;
    try {
        co_await late.connect(port);
    } catch (const boost::system::system_error& error) {
        refused = error.code() == core::asio::error::connection_refused;
    }

    EXPECT_TRUE(refused);
}

CO_TEST(server, a_taken_port_is_named) {
    server_under_test first;
    server_under_test second;
    first.start();

    try {
        second.server.listen({"127.0.0.1", first.port()});
        ADD_FAILURE() << "two servers on one port";
    } catch (const core::fatal_error& error) {
        EXPECT_EQ(error.code(), core::exit_code::unavailable);
        EXPECT_NE(std::string{error.what()}.find("address in use"), std::string::npos);
    }
    co_await first.stop();
}

TEST(listen_address, is_host_and_port) {
    EXPECT_EQ(listen_address::parse("[::1]:80").host, "::1");
    EXPECT_EQ(listen_address::parse("localhost:65535").port, 65535);
    for (const auto* wrong :
         {"", "8080", "localhost", ":80", "localhost:", "localhost:65536", "localhost:x", "::1:80", "[::1]"})
        EXPECT_THROW(std::ignore = listen_address::parse(wrong), core::fatal_error) << wrong;
}

CO_TEST(server, large_answers_arrive_whole) {
    static const std::string large(5'000'000, 'x');
    server_under_test server;
    server.routes.add("GET", "/large", [](request&) -> core::awaitable<response> {
        co_return response{.content_type = content_type::text, .file = large};
    });
    server.start();

    EXPECT_EQ((co_await server.ask(get("/large"))).body, large);
    co_await server.stop();
}

}  // namespace
}  // namespace web::testing
