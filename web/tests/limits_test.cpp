#include "world.hpp"

namespace web::testing {
namespace {

using namespace std::chrono_literals;

// The watchdog looks once a second.
core::awaitable<void> pass(server_under_test& server, std::chrono::milliseconds time) {
    server.world.clock.advance(time);
    co_await harness::settle();
}

CO_TEST(limits, a_body_may_have_its_limit_and_not_a_byte_more) {
    server_under_test server{{.body = 100}};
    server.routes.add("POST", "/echo", echo);
    server.routes.add("POST", "/large", echo, {.body_limit = 200});
    server.start();
    const auto chunked = [](std::size_t size) {
        return "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n63\r\n" +
               std::string(99, 'a') + "\r\n" + (size > 100 ? "1\r\na\r\n" : "") + "0\r\n\r\n";
    };

    EXPECT_EQ((co_await server.ask(post("/echo", "text/plain", std::string(100, 'a')))).status, 200);
    EXPECT_EQ((co_await server.ask(post("/echo", "text/plain", std::string(101, 'a')))).status, 413);
    EXPECT_EQ((co_await server.ask(post("/large", "text/plain", std::string(200, 'a')))).status, 200);
    EXPECT_EQ((co_await server.ask(post("/large", "text/plain", std::string(201, 'a')))).status, 413);
    EXPECT_EQ((co_await server.ask(chunked(100))).status, 200);
    EXPECT_EQ((co_await server.ask(chunked(101))).status, 413);
    co_await server.stop();
}

CO_TEST(limits, a_query_may_have_a_hundred_parameters) {
    server_under_test server;
    server.routes.add("GET", "/echo", echo);
    server.start();
    std::string query = "/echo?a=1";
    for (int i = 1; i < 100; ++i) query += "&a=1";

    EXPECT_EQ((co_await server.ask(get(query))).status, 200);
    EXPECT_EQ((co_await server.ask(get(query + "&a=1"))).status, 400);
    co_await server.stop();
}

CO_TEST(limits, the_head_has_ten_seconds_from_its_first_byte) {
    server_under_test server;
    server.routes.add("GET", "/echo", echo);
    server.start();
    raw_client slow;
    co_await slow.connect(server.port());
    co_await harness::eventually([&] { return server.server.connections() == 1; });
    co_await pass(server, 9s);
    co_await slow.send("GET /echo HTTP/1.1\r\n");
    co_await harness::settle();

    for (int second = 0; second < 9; ++second) {
        co_await slow.send("X: y\r\n");  // a byte now and then buys no time
        co_await pass(server, 1s);
    }
    const auto alive = server.server.connections();
    co_await pass(server, 2s);

    EXPECT_EQ(alive, 1u);
    EXPECT_TRUE(co_await slow.is_closed());
    EXPECT_EQ(server.server.connections(), 0u);
    co_await server.stop();
}

CO_TEST(limits, who_connects_and_says_nothing_is_gone_after_ten_seconds) {
    server_under_test server;
    server.start();
    raw_client silent;
    co_await silent.connect(server.port());
    co_await harness::eventually([&] { return server.server.connections() == 1; });

    co_await pass(server, 10s);

    EXPECT_TRUE(co_await silent.is_closed());
    co_await server.stop();
}

CO_TEST(limits, a_connection_may_be_idle_for_a_minute) {
    server_under_test server;
    server.routes.add("GET", "/echo", echo);
    server.start();
    raw_client client;
    co_await client.connect(server.port());
    co_await client.send(get("/echo"));
    co_await client.receive();
    co_await harness::settle();

    co_await pass(server, 59s);
    co_await client.send(get("/echo"));
    const auto second = co_await client.receive();
    co_await harness::settle();
    co_await pass(server, 60s);

    EXPECT_EQ(second.status, 200);
    EXPECT_TRUE(co_await client.is_closed());
    co_await server.stop();
}

CO_TEST(limits, a_body_must_come_with_a_kibibyte_a_second_after_its_grace) {
    server_under_test server;
    server.routes.add("POST", "/echo", echo);
    server.start();
    raw_client fair;
    raw_client slow;
    co_await fair.connect(server.port());
    co_await slow.connect(server.port());
    const std::string head = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20480\r\n\r\n";
    co_await fair.send(head);
    co_await slow.send(head);
    co_await harness::eventually([&] { return server.server.connections() == 2; });

    for (int second = 0; second < 20; ++second) {
        co_await fair.send(std::string(1024, 'a'));
        co_await slow.send(std::string(64, 'a'));
        co_await harness::settle();
        co_await pass(server, 1s);
    }

    EXPECT_EQ((co_await fair.receive()).status, 200);
    EXPECT_TRUE(co_await slow.is_closed());
    co_await server.stop();
}

CO_TEST(limits, a_client_that_does_not_read_is_cut_off_after_thirty_seconds) {
    static const std::string large(8 * 1024 * 1024, 'a');
    server_under_test server;
    server.routes.add("GET", "/large", [](request&) -> core::awaitable<response> {
        co_return response{.content_type = content_type::text, .file = large};
    });
    server.start();
    raw_client client;
    co_await client.connect(server.port());
    co_await client.send(get("/large"));
    co_await harness::eventually([&] { return server.server.connections() == 1; });
    co_await harness::settle();

    co_await pass(server, 31s);
    co_await harness::eventually([&] { return server.server.connections() == 0; });

    EXPECT_EQ(server.server.connections(), 0u);
    co_await server.stop();
}

CO_TEST(limits, accepting_pauses_when_the_house_is_full_and_goes_on_when_one_leaves) {
    server_under_test server{{.connections = 2}};
    server.routes.add("GET", "/echo", echo);
    server.start();
    raw_client first;
    raw_client second;
    raw_client third;
    co_await first.connect(server.port());
    co_await second.connect(server.port());
    co_await harness::eventually([&] { return server.server.connections() == 2; });
    co_await third.connect(server.port());  // by the kernel's queue
    co_await third.send(get("/echo"));
    co_await harness::settle();
    const auto inside = server.server.connections();

    first.close();
    const auto answer = co_await third.receive();

    EXPECT_EQ(inside, 2u);
    EXPECT_EQ(answer.status, 200);
    co_await server.stop();
}

CO_TEST(limits, an_address_has_no_more_connections_than_its_cap) {
    server_under_test server{{.connections_per_address = 1}};
    server.start();
    raw_client first;
    raw_client second;
    co_await first.connect(server.port());
    co_await harness::eventually([&] { return server.server.connections() == 1; });

    co_await second.connect(server.port());

    EXPECT_TRUE(co_await second.is_closed());
    EXPECT_EQ(server.server.connections(), 1u);
    co_await server.stop();
}

}  // namespace
}  // namespace web::testing
