#include "origin.hpp"
#include "target.hpp"
#include "world.hpp"

namespace web::testing {
namespace {

core::awaitable<response> show_parameters(request& request) {
    co_return response{.content_type = content_type::text,
                       .body = request.path_parameters.value_or_empty("id") + "|" + request.query.value_or_empty("q")};
}

core::awaitable<response> fail(request&) { throw std::runtime_error{"the secret reason"}; }

CO_TEST(router, finds_the_handler_by_method_and_path) {
    server_under_test server;
    server.routes.add("GET", "/echo", echo);
    server.routes.add("GET", "/things/{id}", show_parameters);
    server.routes.add("POST", "/things/{id}/parts", echo);
    server.start();

    EXPECT_EQ((co_await server.ask(get("/echo?x"))).body, "GET /echo|");
    EXPECT_EQ((co_await server.ask(get("/things/7?q=a%20b+c"))).body, "7|a b c");
    EXPECT_EQ((co_await server.ask(get("/things/%C3%A4"))).body, "ä|");
    EXPECT_EQ((co_await server.ask(get("/things/"))).status, 404);
    EXPECT_EQ((co_await server.ask(get("/things/7/8"))).status, 404);
    EXPECT_EQ((co_await server.ask(get("/echo/"))).status, 404);
    co_await server.stop();
}

CO_TEST(router, head_is_answered_like_get_without_the_body) {
    server_under_test server;
    server.routes.add("GET", "/echo", echo);
    server.start();

    const auto answer = co_await server.ask("HEAD /echo HTTP/1.1\r\nHost: localhost\r\n\r\n");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("content-length"), "11");
    EXPECT_EQ(answer.body, "");
    co_await server.stop();
}

CO_TEST(router, another_method_gets_405_with_what_is_allowed) {
    server_under_test server;
    server.routes.add("GET", "/echo", echo);
    server.routes.add("POST", "/echo", echo);
    server.routes.add("GET", "/things/{id}", echo);
    server.start();

    const auto put = co_await server.ask("PUT /echo HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto remove = co_await server.ask("DELETE /things/1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto trace = co_await server.ask("TRACE /echo HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto options =
        co_await server.ask("OPTIONS /echo HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.test\r\n\r\n");

    EXPECT_EQ(put.status, 405);
    EXPECT_EQ(put.header("allow"), "GET, HEAD, POST");
    EXPECT_EQ(remove.status, 405);
    EXPECT_EQ(remove.header("allow"), "GET, HEAD");
    EXPECT_EQ(trace.status, 405);
    EXPECT_EQ(options.status, 204);
    EXPECT_EQ(options.header("access-control-allow-origin"), "");
    co_await server.stop();
}

CO_TEST(router, a_path_that_leaves_its_place_is_refused) {
    server_under_test server;
    server.routes.add("GET", "/things/{id}", echo);
    server.start();

    for (const auto* path : {"/../etc/passwd", "/things/..", "/things/%2e%2e", "/things/%2E%2e/x", "/things/.",
                             "/things/%2e", "/things/a%2fb", "/things/a%5cb", "/things/a%00b", "/things/%c0%ae",
                             "/things/%e0%80%af", "/things/%ff", "/things/%ed%a0%80", "/things/%zz", "/things/%4",
                             "/things/a%0d%0ab", "/things/x#y", "/things/x?q=%ff", "/things/x?q=%f"}) {
        EXPECT_EQ((co_await server.ask(get(path))).status, 400) << path;
    }
    co_await server.stop();
}

CO_TEST(router, a_throwing_handler_is_a_500_that_tells_nothing_and_the_connection_lives) {
    server_under_test server;
    server.routes.add("GET", "/fail", fail);
    server.routes.add("GET", "/echo", echo);
    server.start();
    raw_client client;
    co_await client.connect(server.port());

    co_await client.send(get("/fail") + get("/echo"));
    const auto failed = co_await client.receive();
    const auto next = co_await client.receive();

    EXPECT_EQ(failed.status, 500);
    EXPECT_EQ(failed.header("content-type"), "application/problem+json; charset=utf-8");
    EXPECT_NE(failed.body.find("\"trace_id\":\"" + failed.header("x-trace-id")), std::string::npos);
    EXPECT_EQ(failed.body.find("secret"), std::string::npos);
    EXPECT_EQ(next.status, 200);
    const auto entries = server.world.log.entries();
    CO_ASSERT_TRUE(entries.size() == 2);
    EXPECT_EQ(entries.front().level, core::log_level::error);
    EXPECT_EQ(entries.back().level, core::log_level::debug);
    EXPECT_EQ(entries.front().trace_id, failed.header("x-trace-id"));
    EXPECT_EQ(entries.front().data.back(), core::log_field("error", "the secret reason"));
    co_await server.stop();
}

// A query may hold a token.
CO_TEST(router, notes_each_answer_without_the_query) {
    server_under_test server;
    server.routes.add("GET", "/echo", echo);
    server.start();

    const auto answer = co_await server.ask(get("/echo?token=canary"));

    const auto entries = server.world.log.entries();
    CO_ASSERT_TRUE(entries.size() == 1);
    EXPECT_EQ(entries.front().level, core::log_level::debug);
    EXPECT_EQ(entries.front().trace_id, answer.header("x-trace-id"));
    EXPECT_EQ(entries.front().data, (core::logger::fields{{"method", "GET"}, {"path", "/echo"}, {"status", 200}}));
    co_await server.stop();
}

CO_TEST(router, goes_on_with_the_trace_of_the_client_or_begins_one) {
    server_under_test server;
    server.routes.add("GET", "/echo", echo);
    server.start();
    const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    const auto known = co_await server.ask(get("/echo", "traceparent: 00-" + trace + "-00f067aa0ba902b7-01\r\n"));
    const auto broken = co_await server.ask(get("/none", "traceparent: 00-nonsense\r\n"));

    EXPECT_EQ(known.header("x-trace-id"), trace);
    EXPECT_EQ(broken.header("x-trace-id").size(), 32u);
    EXPECT_NE(broken.body.find(broken.header("x-trace-id")), std::string::npos);
    co_await server.stop();
}

CO_TEST(router, answers_to_known_host_names_only) {
    server_under_test server{{}, {.hosts = host_rules{{"Busbar.example", "::2"}}}};
    server.routes.add("GET", "/echo", echo);
    server.start();
    const auto status_for = [&](std::string host) -> core::awaitable<int> {
        const auto answer = co_await server.ask("GET /echo HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        co_return answer.status;
    };

    for (const auto* host : {"localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080",
                             "busbar.example", "busbar.example:443", "[::2]:1"}) {
        EXPECT_EQ(co_await status_for(host), 200) << host;
    }
    for (const auto* host : {"evil.test", "evil.test:80", "localhost.evil.test", "localhost:80x", "127.0.0.1.evil.test",
                             "", "localhost@evil.test", "127.0.0.2", "localhost:123456"}) {
        EXPECT_EQ(co_await status_for(host), 421) << host;
    }
    co_await server.stop();
}

TEST(host_rules, with_any_local_address_the_address_of_this_end_is_one_of_them) {
    const host_rules rules{{}, true};

    EXPECT_TRUE(rules.allows("192.168.0.7:8080", "192.168.0.7"));
    EXPECT_TRUE(rules.allows("[fe80::1]", "fe80::1"));
    EXPECT_FALSE(rules.allows("192.168.0.8", "192.168.0.7"));
    EXPECT_FALSE(host_rules{}.allows("192.168.0.7", "192.168.0.7"));
}

struct origin_case {
    const char* fields;
    int status;
};

CO_TEST(router, what_changes_something_comes_from_an_own_page_or_from_none) {
    server_under_test server{{}, {.own_origin = "https://busbar.example"}};
    server.routes.add("POST", "/echo", echo);
    server.routes.add("GET", "/echo", echo);
    server.start();

    for (const auto& [fields, status] :
         std::initializer_list<origin_case>{{"", 200},
                                            {"Sec-Fetch-Site: same-origin\r\n", 200},
                                            {"Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n", 200},
                                            {"Sec-Fetch-Site: same-site\r\n", 403},
                                            {"Sec-Fetch-Site: same-site\r\nOrigin: http://localhost\r\n", 403},
                                            {"Sec-Fetch-Site: cross-site\r\n", 403},
                                            {"Sec-Fetch-Site: none\r\n", 403},
                                            {"Sec-Fetch-Site: \r\n", 403},
                                            {"Origin: http://localhost\r\n", 200},
                                            {"Origin: https://busbar.example\r\n", 200},
                                            {"Origin: http://busbar.example\r\n", 403},
                                            {"Origin: https://localhost\r\n", 403},
                                            {"Origin: http://localhost:81\r\n", 403},
                                            {"Origin: http://evil.test\r\n", 403},
                                            {"Origin: null\r\n", 403},
                                            {"Origin: \r\n", 403},
                                            {"Origin: localhost\r\n", 403}}) {
        EXPECT_EQ((co_await server.ask(post("/echo", "text/plain", "x", fields))).status, status) << fields;
    }
    EXPECT_EQ((co_await server.ask(get("/echo", "Sec-Fetch-Site: cross-site\r\n"))).status, 200);
    co_await server.stop();
}

// The body that is announced never comes, and is larger than it may be.
CO_TEST(router, S24_what_comes_from_elsewhere_is_refused_before_a_byte_of_it_is_read) {
    server_under_test server{{.body = 100}};
    server.routes.add("POST", "/echo", echo);
    server.start();
    const auto announced = [](const char* fields) {
        return std::string{"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 101\r\n"} + fields + "\r\n";
    };

    const auto foreign = co_await server.ask(announced("Sec-Fetch-Site: cross-site\r\n"));
    const auto other_port = co_await server.ask(announced("Origin: http://localhost:81\r\n"));
    const auto own = co_await server.ask(announced("Sec-Fetch-Site: same-origin\r\n"));

    EXPECT_EQ(foreign.status, 403);
    EXPECT_EQ(other_port.status, 403);
    EXPECT_EQ(own.status, 413);
    co_await server.stop();
}

CO_TEST(router, admin_routes_need_the_token) {
    server_under_test server{{}, {.is_admin_token = [](std::string_view token) { return token == "right"; }}};
    server.routes.add("GET", "/inside", echo, {.who = access::admin});
    server.start();

    const auto without = co_await server.ask(get("/inside"));
    EXPECT_EQ(without.status, 401);
    EXPECT_EQ(without.header("www-authenticate"), "Bearer");
    EXPECT_EQ((co_await server.ask(get("/inside", "Authorization: Bearer wrong\r\n"))).status, 401);
    EXPECT_EQ((co_await server.ask(get("/inside", "Authorization: Basic right\r\n"))).status, 401);
    EXPECT_EQ((co_await server.ask(get("/inside", "Authorization: Bearer \r\n"))).status, 401);
    EXPECT_EQ((co_await server.ask(get("/inside", "Authorization: bearer right\r\n"))).status, 200);
    co_await server.stop();
}

CO_TEST(router, serves_ten_thousand_requests_on_one_connection) {
    server_under_test server;
    server.routes.add("GET", "/echo", echo);
    server.start();
    raw_client client;
    co_await client.connect(server.port());

    int good = 0;
    for (int i = 0; i < 10'000; ++i) {
        co_await client.send(get("/echo"));
        good += (co_await client.receive()).status == 200 ? 1 : 0;
    }

    EXPECT_EQ(good, 10'000);
    co_await server.stop();
}

}  // namespace
}  // namespace web::testing
