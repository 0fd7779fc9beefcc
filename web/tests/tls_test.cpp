#include <openssl/ssl.h>

#include <core/exit.hpp>
#include <fstream>

#include "certificate.hpp"
#include "edge_world.hpp"

// A listener that has a certificate.
namespace web::testing {
namespace {

using namespace std::chrono_literals;

struct secure_server {
    explicit secure_server(limits bounds = {}, router_settings settings = {})
        : server{bounds, std::move(settings), &identity} {
        server.routes.add("GET", "/echo", echo);
        server.routes.add("POST", "/echo", echo, {.body_limit = 1024UZ * 1024});
        server.start();
    }

    core::awaitable<answer> ask(std::string bytes) {
        return exchange_over_tls(server.port(), certificate.files().certificate, std::move(bytes));
    }
    // How the handshake ended, and its version when it succeeded.
    core::awaitable<std::string> greet(tls_wish wish) {
        raw_client client;
        co_await client.connect(server.port());
        wish.authority = certificate.files().certificate;
        const auto error = co_await client.shake_hands(std::move(wish));
        co_return error ? error.message() : client.tls_version() + " " + client.protocol();
    }
    core::awaitable<void> connect(raw_client& client) {
        co_await client.connect(server.port());
        const auto error = co_await client.shake_hands({.authority = certificate.files().certificate});
        if (error) throw boost::system::system_error{error};
    }

    throwaway_certificate certificate;
    tls_identity identity{certificate.files()};
    server_under_test server;
};

std::size_t count_of(const harness::recording_log& log, std::string_view name) {
    return static_cast<std::size_t>(std::ranges::count(log.entries(), name, &core::log_entry::name));
}

CO_TEST(tls, speaks_versions_1_2_and_1_3_and_http_1_1) {
    secure_server server;
    const std::string http_1_1 = "\x08http/1.1";

    EXPECT_EQ(co_await server.greet({}), "TLSv1.3 ");
    EXPECT_EQ(co_await server.greet({.protocols = "\x02h2" + http_1_1}), "TLSv1.3 http/1.1");
    EXPECT_EQ(co_await server.greet({.newest_version = TLS1_2_VERSION, .protocols = http_1_1}), "TLSv1.2 http/1.1");
    co_await server.server.stop();
}

CO_TEST(tls, refuses_older_versions_and_other_protocols) {
    secure_server server;

    EXPECT_EQ(co_await server.greet({.newest_version = TLS1_1_VERSION}), "tlsv1 alert protocol version (SSL routines)");
    EXPECT_EQ(co_await server.greet({.protocols = "\x02h2"}), "tlsv1 alert no application protocol (SSL routines)");
    EXPECT_EQ((co_await server.ask(get("/echo"))).status, 200);
    EXPECT_EQ(count_of(server.server.world.log, "a TLS handshake failed"), 2u);
    co_await server.server.stop();
}

CO_TEST(tls, large_requests_and_answers_arrive_whole) {
    secure_server server;
    const std::string body(500'000, 'x');

    const auto answer = co_await server.ask(post("/echo", "text/plain", body));

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "POST /echo|" + body);
    co_await server.server.stop();
}

CO_TEST(tls, every_answer_tells_browsers_to_come_back_over_tls_alone) {
    secure_server server;

    for (const auto& request : {get("/echo"), get("/nowhere"), std::string{"nonsense\r\n\r\n"}}) {
        EXPECT_EQ((co_await server.ask(request)).header("strict-transport-security"), "max-age=31536000") << request;
    }
    co_await server.server.stop();
}

CO_TEST(tls, an_own_page_is_one_with_https) {
    secure_server server;

    EXPECT_EQ((co_await server.ask(post("/echo", "text/plain", "x", "Origin: https://localhost\r\n"))).status, 200);
    EXPECT_EQ((co_await server.ask(post("/echo", "text/plain", "x", "Origin: http://localhost\r\n"))).status, 403);
    co_await server.server.stop();
}

CO_TEST(tls, who_speaks_plain_http_is_told_so) {
    secure_server server;
    raw_client plain;
    co_await plain.connect(server.server.port());
    co_await plain.send(get("/echo"));

    const auto answer = co_await plain.receive();

    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.body.find("https://"), std::string::npos) << answer.body;
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_EQ(answer.header("strict-transport-security"), "");
    EXPECT_TRUE(co_await plain.is_closed());
    EXPECT_EQ((co_await server.ask(get("/echo"))).status, 200);
    plain.close();
    co_await harness::eventually([&] { return server.server.server.connections() == 0; });
    co_await server.server.stop();
}

CO_TEST(tls, who_speaks_nonsense_is_closed) {
    secure_server server;
    raw_client client;
    co_await client.connect(server.server.port());

    co_await client.send(std::string(100, '\xff'));

    EXPECT_EQ((co_await client.receive()).status, 0);
    co_await harness::eventually([&] { return server.server.server.connections() == 0; });
    co_await server.server.stop();
}

CO_TEST(tls, a_handshake_has_the_time_of_a_head_and_counts_as_a_connection) {
    secure_server server{{.connections = 1}};
    raw_client slow;
    co_await slow.connect(server.server.port());
    co_await slow.send("\x16\x03\x01");
    co_await harness::eventually([&] { return server.server.server.connections() == 1; });
    server.server.world.clock.advance(9s);
    co_await harness::settle();
    const auto during = server.server.server.connections();

    server.server.world.clock.advance(1s);

    EXPECT_EQ(during, 1u);
    EXPECT_TRUE(co_await slow.is_closed());
    EXPECT_EQ((co_await server.ask(get("/echo"))).status, 200);
    co_await server.server.stop();
}

CO_TEST(tls, every_orderly_end_is_announced) {
    secure_server server;
    raw_client last;
    raw_client idle;
    raw_client waiting;
    co_await server.connect(last);
    co_await server.connect(idle);
    co_await last.send(get("/echo", "Connection: close\r\n"));
    EXPECT_EQ((co_await last.receive()).status, 200);
    EXPECT_TRUE(co_await last.is_closed());
    co_await idle.send(get("/echo"));
    EXPECT_EQ((co_await idle.receive()).status, 200);

    server.server.world.clock.advance(61s);
    EXPECT_TRUE(co_await idle.is_closed());

    co_await server.connect(waiting);
    co_await waiting.send(get("/echo"));
    EXPECT_EQ((co_await waiting.receive()).status, 200);
    server.server.server.close_door();
    EXPECT_TRUE(co_await waiting.is_closed());
    co_await server.server.stop();
}

CO_TEST(tls, a_new_certificate_counts_for_new_connections) {
    secure_server server;
    raw_client kept;
    co_await server.connect(kept);
    co_await kept.send(get("/echo"));
    EXPECT_EQ((co_await kept.receive()).status, 200);
    const auto old_pin = server.identity.public_key_pin();

    server.certificate.renew();
    const auto before = co_await server.greet({});  // the client trusts the new one alone
    server.identity.reload();

    EXPECT_EQ(before, "certificate verify failed (SSL routines)");
    EXPECT_EQ(co_await server.greet({}), "TLSv1.3 ");
    EXPECT_NE(server.identity.public_key_pin(), old_pin);
    co_await kept.send(get("/echo"));
    EXPECT_EQ((co_await kept.receive()).status, 200);
    co_await server.server.stop();
}

std::string refusal_of(const tls_files& files) {
    try {
        const tls_identity identity{files};
    } catch (const core::fatal_error& reason) {
        EXPECT_EQ(reason.code(), core::exit_code::configuration);
        return reason.what();
    }
    return "";
}

CO_TEST(tls, files_that_cannot_be_used_are_refused_with_what_to_do) {
    const throwaway_certificate good;
    const throwaway_certificate other;
    const auto [certificate, key] = good.files();
    const auto refused = [](const tls_files& files, const std::string& why) {
        const auto reason = refusal_of(files);
        EXPECT_NE(reason.find(why), std::string::npos) << reason;
    };

    EXPECT_EQ(refusal_of(good.files()), "");
    refused({certificate, other.files().key}, "http.tls_key: " + other.files().key.string() + " is not the key of");
    refused({key, key}, "http.tls_certificate: " + key.string() + " cannot be used (no start line)");
    refused({certificate, certificate.parent_path() / "none"}, "cannot be read: No such file");
    refused({certificate.parent_path() / "none", key}, "cannot be read: No such file");
    std::filesystem::permissions(key, std::filesystem::perms{0604});
    refused(good.files(), "run: chmod 600 " + key.string());
    good.lock_key();
    refused(good.files(), "needs no passphrase");
    std::ofstream{key} << "nonsense";
    refused(good.files(), "http.tls_key: " + key.string() + " cannot be used");
    co_return;
}

CO_TEST(tls, an_edge_that_reads_a_bad_certificate_keeps_the_old_one_and_says_why) {
    const throwaway_certificate certificate;
    const auto authority = certificate.files().certificate;
    edge_under_test edge{{.tls = certificate.files()}};
    const auto pin = edge.edge.public_key_pin();
    const auto port = edge.port_of(edge.edge.admin_address());

    std::filesystem::permissions(certificate.files().key, std::filesystem::perms{0644});
    edge.edge.reload_certificate();

    EXPECT_EQ(edge.edge.public_key_pin(), pin);
    EXPECT_EQ((co_await exchange_over_tls(port, authority, get("/livez"))).status, 200);
    const auto entries = edge.world.log.entries();
    const auto told = std::ranges::find(entries, core::log_level::error, &core::log_entry::level);
    if (told == entries.end()) throw std::runtime_error{"no error was logged"};
    EXPECT_EQ(told->name, "the TLS certificate was not read again, the old one stays");
    EXPECT_NE(std::get<std::string>(told->data.at(0).value).find("chmod 600"), std::string::npos);
    co_await edge.stop();
}

CO_TEST(tls, an_edge_reads_a_new_certificate_and_warns_of_an_expired_one) {
    const throwaway_certificate certificate;
    edge_under_test edge{{.tls = certificate.files()}};
    const auto pin = edge.edge.public_key_pin();

    certificate.renew();
    edge.world.clock.set_wall_clock(tls_identity{certificate.files()}.valid_until() + 1s);
    edge.edge.reload_certificate();

    EXPECT_NE(edge.edge.public_key_pin(), pin);
    EXPECT_EQ(count_of(edge.world.log, "the TLS certificate was read again"), 1u);
    EXPECT_EQ(count_of(edge.world.log, "the TLS certificate has expired"), 1u);
    co_await edge.stop();
}

CO_TEST(tls, an_edge_without_it_has_nothing_to_read_again) {
    edge_under_test edge;

    edge.edge.reload_certificate();

    EXPECT_EQ(edge.edge.public_key_pin(), "");
    EXPECT_EQ((co_await edge.ask(get("/livez"))).header("strict-transport-security"), "");
    EXPECT_EQ(count_of(edge.world.log, "the TLS certificate was read again"), 0u);
    co_await edge.stop();
}

}  // namespace
}  // namespace web::testing
