// Bytes on a socket that are no request, or two requests to somebody else's parser: refused, and the connection ends.

#include "world.hpp"

namespace web::testing {
namespace {

struct framing_case {
    const char* what;
    std::string bytes;
    int status;
};

const std::string nul(1, '\0');

const std::vector<framing_case>& bad_framing() {
    static const std::vector<framing_case> cases{
        {"Content-Length and Transfer-Encoding",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         400},
        {"the two in the other order",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
         400},
        {"two lengths", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
         400},
        {"the same length twice",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400},
        {"a list of lengths", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1, 1\r\n\r\na", 400},
        {"a signed length", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: +1\r\n\r\na", 400},
        {"a negative length", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\na", 400},
        {"a hexadecimal length", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0x1\r\n\r\na", 400},
        {"an empty length", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: \r\n\r\n", 400},
        {"a length beyond 64 bits",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
        {"a folded field", "GET /echo HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n", 400},
        {"a folded field with a tab", "GET /echo HTTP/1.1\r\nHost: localhost\r\nX: a\r\n\tb\r\n\r\n", 400},
        {"a bare LF after the request line", "GET /echo HTTP/1.1\nHost: localhost\r\n\r\n", 400},
        {"a bare LF after a field", "GET /echo HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n", 400},
        {"bare LFs alone", "GET /echo HTTP/1.1\nHost: localhost\n\n", 400},
        {"a bare CR in a value", "GET /echo HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n", 400},
        {"NUL in a value", "GET /echo HTTP/1.1\r\nHost: localhost\r\nX: a" + nul + "b\r\n\r\n", 400},
        {"NUL in the address", "GET /ec" + nul + "ho HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"an unknown coding", "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
         400},
        {"a list of codings",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
        {"chunked twice",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
         "chunked\r\n\r\n0\r\n\r\n",
         400},
        {"identity", "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: identity\r\n\r\n", 400},
        {"a vertical tab before chunked",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: \x0b"
         "chunked\r\n\r\n0\r\n\r\n",
         400},
        {"chunked in HTTP/1.0", "POST /echo HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         400},
        {"a space before the colon", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length : 1\r\n\r\na", 400},
        {"a space before Transfer-Encoding's colon",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400},
        {"a field without a colon", "GET /echo HTTP/1.1\r\nHost: localhost\r\nfoo\r\n\r\n", 400},
        {"a field without a name", "GET /echo HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n", 400},
        {"a space at the start of the first field", "GET /echo HTTP/1.1\r\n Host: localhost\r\n\r\n", 400},
        {"no Host", "GET /echo HTTP/1.1\r\n\r\n", 400},
        {"two Hosts", "GET /echo HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400},
        {"two spaces in the request line", "GET  /echo HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"a space at the end of the request line", "GET /echo HTTP/1.1 \r\nHost: localhost\r\n\r\n", 400},
        {"a space in the address", "GET /ec ho HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"HTTP/0.9", "GET /echo\r\n\r\n", 400},
        {"a small http", "GET /echo http/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"HTTP/1.2", "GET /echo HTTP/1.2\r\nHost: localhost\r\n\r\n", 400},
        {"HTTP/2.0", "GET /echo HTTP/2.0\r\nHost: localhost\r\n\r\n", 505},
        {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"TLS", "\x16\x03\x01\x02", 400},
        {"a method that is no token", "G(T /echo HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"CONNECT", "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n", 400},
        {"an expectation of something else",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: coffee\r\nContent-Length: 1\r\n\r\na", 417},
        {"two empty lines before the request", "\r\n\r\nGET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"a chunk size that overflows",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400},
        {"a chunk size that is no number",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
        {"a negative chunk size", "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
         400},
        {"a chunk longer than its size",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n", 400},
        {"a chunk size ended by a bare LF",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\nab\r\n0\r\n\r\n", 400},
        {"a chunk ended by a bare LF",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\n0\r\n\r\n", 400},
        {"a chunk size with a space in front",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n 2\r\nab\r\n0\r\n\r\n", 400},
        {"a chunk size in 0x",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nab\r\n0\r\n\r\n", 400},
        {"a trailer with a bare LF",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\n\r\n\r\n", 400},
    };
    return cases;
}

CO_TEST(framing, whatever_is_ambiguous_is_refused_and_the_connection_ends) {
    server_under_test server;
    server.routes.add("GET", "/echo", echo);
    server.routes.add("POST", "/echo", echo);
    server.start();

    for (const auto& [what, bytes, status] : bad_framing()) {
        raw_client client;
        co_await client.connect(server.port());
        co_await client.send(bytes);
        const auto answer = co_await client.receive();
        EXPECT_EQ(answer.status, status) << what;
        EXPECT_EQ(answer.header("connection"), "close") << what;
        EXPECT_EQ(answer.header("x-trace-id").size(), 32u) << what;
        EXPECT_TRUE(co_await client.is_closed()) << what;
    }
    co_await server.stop();
}

const std::vector<framing_case>& good_framing() {
    static const std::vector<framing_case> cases{
        {"a length", "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", 200},
        {"chunks",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
         200},
        {"Chunked in capitals",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200},
        {"a chunk extension",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n",
         200},
        {"a trailer",
         "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
         200},
        {"an empty line in front", "\r\nPOST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", 200},
    };
    return cases;
}

CO_TEST(framing, a_body_arrives_whole_however_it_is_framed_and_cut) {
    server_under_test server;
    server.routes.add("POST", "/echo", echo);
    server.start();

    for (const auto& [what, bytes, status] : good_framing()) {
        const auto whole = co_await server.ask(bytes);
        EXPECT_EQ(whole.body, "POST /echo|hello") << what;

        raw_client slow;
        co_await slow.connect(server.port());
        for (const char byte : bytes) {
            co_await slow.send(std::string(1, byte));
            co_await harness::settle();
        }
        EXPECT_EQ((co_await slow.receive()).body, "POST /echo|hello") << what;
    }
    co_await server.stop();
}

CO_TEST(framing, pipelined_requests_are_answered_in_order) {
    server_under_test server;
    server.routes.add("GET", "/echo", echo);
    server.routes.add("POST", "/echo", echo);
    server.start();
    raw_client client;
    co_await client.connect(server.port());

    co_await client.send(
        get("/echo") + post("/echo", "text/plain", "one") +
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n" +
        get("/none") + get("/echo", "Connection: close\r\n") + get("/echo"));

    EXPECT_EQ((co_await client.receive()).body, "GET /echo|");
    EXPECT_EQ((co_await client.receive()).body, "POST /echo|one");
    EXPECT_EQ((co_await client.receive()).body, "POST /echo|two");
    EXPECT_EQ((co_await client.receive()).status, 404);
    EXPECT_EQ((co_await client.receive()).header("connection"), "close");
    EXPECT_TRUE(co_await client.is_closed());
    co_await server.stop();
}

CO_TEST(framing, who_expects_to_be_asked_for_the_body_is_asked) {
    server_under_test server;
    server.routes.add("POST", "/echo", echo);
    server.start();
    raw_client client;
    co_await client.connect(server.port());

    co_await client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    const auto go_on = co_await client.receive();
    co_await client.send("ok");

    EXPECT_EQ(go_on.status, 100);
    EXPECT_EQ((co_await client.receive()).body, "POST /echo|ok");
    co_await server.stop();
}

CO_TEST(framing, who_is_refused_is_not_asked_for_the_body) {
    server_under_test server;
    server.routes.add("POST", "/echo", echo);
    server.start();
    raw_client client;
    co_await client.connect(server.port());

    co_await client.send(
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 999999\r\n\r\n");

    EXPECT_EQ((co_await client.receive()).status, 413);
    EXPECT_TRUE(co_await client.is_closed());
    co_await server.stop();
}

}  // namespace
}  // namespace web::testing
