#include <core/exit.hpp>
#include <nlohmann/json.hpp>

#include "browser.hpp"
#include "scripted_catalog.hpp"

namespace web::testing {
namespace {

CO_TEST(edge, the_api_registers_and_confirms) {
    edge_under_test edge;

    const auto pending = co_await edge.ask(
        post("/api/v1/registrations", json_type, R"({"name":"Ada","email":"a@b.c","password":"12345678"})"));
    const auto unknown =
        co_await edge.ask(post("/api/v1/registrations", json_type, R"({"name":"Ada","email":7,"extra":1})"));
    const auto simple = co_await edge.ask(post("/api/v1/registrations", "text/plain", R"({"name":"Ada"})"));
    const auto form = co_await edge.ask(post("/api/v1/registrations", form_type, "name=Ada"));
    const auto confirmed = co_await edge.ask(post("/api/v1/confirmations", json_type, R"({"token":"good"})"));
    const auto gone = co_await edge.ask(post("/api/v1/confirmations", json_type, R"({"token":"x"})"));

    EXPECT_EQ(pending.status, 202);
    EXPECT_EQ(pending.body, R"({"status":"pending_confirmation","email":"a@b.c"})");
    EXPECT_EQ(unknown.status, 422);
    const auto errors = nlohmann::json::parse(unknown.body)["errors"];
    EXPECT_EQ(errors.size(), 3u) << errors;
    EXPECT_EQ(simple.status, 415);
    EXPECT_EQ(form.status, 415);
    EXPECT_EQ(confirmed.status, 204);
    EXPECT_EQ(gone.status, 410);
    EXPECT_EQ(gone.header("content-type"), "application/problem+json; charset=utf-8");
    co_await edge.stop();
}

CO_TEST(edge, products_are_read_by_anyone_and_made_by_the_admin_on_either_listener) {
    edge_under_test edge;
    const std::string body = R"({"name":"Lamp","description":"","price":1})";
    const std::string token = "Authorization: Bearer the-token\r\n";

    const auto found = co_await edge.ask(get("/api/v1/products/p1"));
    const auto unchanged = co_await edge.ask(get("/api/v1/products/p1", "If-None-Match: \"3\"\r\n"));
    const auto made = co_await edge.ask(post("/api/v1/products", json_type, body, token));

    EXPECT_EQ(found.status, 200);
    EXPECT_EQ(found.header("etag"), "\"3\"");
    EXPECT_EQ(unchanged.status, 304);
    EXPECT_EQ((co_await edge.ask(get("/api/v1/products/none"))).status, 404);
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(made.header("location"), "/api/v1/products/p2");
    EXPECT_EQ(made.header("etag"), "\"1\"");
    EXPECT_EQ((co_await edge.ask(post("/api/v1/products", json_type, body))).status, 401);
    EXPECT_EQ((co_await edge.ask_admin(post("/api/v1/products", json_type, body, token))).status, 201);
    co_await edge.stop();
}

CO_TEST(edge, what_is_for_operators_does_not_exist_on_the_public_listener) {
    edge_under_test edge;
    const std::string token = "Authorization: Bearer the-token\r\n";

    for (const auto* path :
         {"/api/v1/emails", "/api/v1/emails/1", "/api/v1/emails/1/raw", "/api/v1/logs", "/api/v1/bus", "/api/v1/events",
          "/api/v1/dead-letters", "/api/v1/dead-letters/email-1", "/metrics", "/docs"}) {
        EXPECT_EQ((co_await edge.ask(get(path, token))).status, 404) << path;
    }
    EXPECT_EQ((co_await edge.ask(get("/"))).body.find("admin"), std::string::npos);
    for (const auto* path : {"/api/v1/emails", "/api/v1/emails/1", "/api/v1/emails/1/raw", "/api/v1/logs"}) {
        EXPECT_EQ((co_await edge.ask_admin(get(path))).status, 401) << path;
        EXPECT_EQ((co_await edge.ask_admin(get(path, token))).status, 503) << path;  // no such module in this test
    }
    EXPECT_EQ((co_await edge.ask_admin(get("/register"))).status, 404);
    co_await edge.stop();
}

CO_TEST(edge, health_names_the_failing_part) {
    edge_under_test edge;

    const auto good = co_await edge.ask(get("/readyz"));
    edge.failing = {{"email", "the disk is full"}};
    const auto bad = co_await edge.ask_admin(get("/readyz"));

    EXPECT_EQ(good.status, 200);
    EXPECT_EQ(good.body, R"({"status":"ok"})");
    EXPECT_EQ(bad.status, 503);
    EXPECT_EQ(bad.body, R"({"status":"unavailable","failing":[{"part":"email","reason":"the disk is full"}]})");
    EXPECT_EQ((co_await edge.ask(get("/livez"))).status, 200);
    co_await edge.stop();
}

// It serves what it can, so nothing that asks it may be turned away.
CO_TEST(edge, health_names_what_it_lacks_and_stays_ready) {
    edge_under_test edge;
    edge.lacking = {{"bus", "the module email is not running"}};

    const auto degraded = co_await edge.ask(get("/readyz"));
    edge.failing = {{"process", "is stopping"}};
    const auto bad = co_await edge.ask(get("/readyz"));

    EXPECT_EQ(degraded.status, 200);
    EXPECT_EQ(degraded.body,
              R"({"status":"degraded","lacking":[{"part":"bus","reason":"the module email is not running"}]})");
    EXPECT_EQ(bad.status, 503);
    co_await edge.stop();
}

CO_TEST(edge, without_room_changes_are_refused_and_reading_goes_on) {
    edge_under_test edge;
    const std::string token = "Authorization: Bearer the-token\r\n";
    const std::string user = R"({"name":"Ada","email":"a@b.c","password":"12345678"})";

    edge.closed = core::error{core::error_kind::overloaded, "Events wait for too long."};
    const auto late = co_await edge.ask(post("/api/v1/registrations", json_type, user));
    const auto admin = co_await edge.ask_admin(post("/api/v1/logs", json_type, "{}", token));
    edge.closed = core::error{core::error_kind::storage_full, "The disk is nearly full."};
    const auto full = co_await edge.ask(post("/register", form_type, "name=Ada"));
    const auto read = co_await edge.ask(get("/register"));
    const auto found = co_await edge.ask(get("/api/v1/products/p1"));
    edge.closed.reset();
    const auto open = co_await edge.ask(post("/api/v1/registrations", json_type, user));

    EXPECT_EQ(late.status, 503);
    EXPECT_EQ(late.header("retry-after"), "1");
    EXPECT_NE(late.body.find("Events wait for too long."), std::string::npos);
    EXPECT_EQ(admin.status, 503);
    EXPECT_EQ(full.status, 507);
    EXPECT_EQ(read.status, 200);
    EXPECT_EQ(found.status, 200);
    EXPECT_EQ(open.status, 202);
    EXPECT_EQ(edge.registration.registered.size(), 1u);
    co_await edge.stop();
}

CO_TEST(edge, what_mends_an_overload_is_open_at_any_time) {
    edge_under_test edge;
    const std::string token = "Authorization: Bearer the-token\r\n";
    edge.closed = core::error{core::error_kind::overloaded, "Events wait for too long."};

    const auto retried = co_await edge.ask_admin(post("/api/v1/dead-letters/none-1/retry", json_type, "", token));
    const auto all = co_await edge.ask_admin(post("/api/v1/dead-letters/retry", json_type, R"({"all":true})", token));
    const auto dropped = co_await edge.ask_admin("DELETE /api/v1/dead-letters/none-1 HTTP/1.1\r\nHost: localhost\r\n" +
                                                 token + "Connection: close\r\n\r\n");
    const auto replayed =
        co_await edge.ask_admin(post("/api/v1/bus/replay", json_type, R"({"group":"none","from_sequence":1})", token));

    const auto link = co_await edge.ask_admin(post("/api/v1/console-links", json_type, "", token));

    EXPECT_EQ(link.status, 201);
    EXPECT_EQ(retried.status, 404);
    EXPECT_EQ(all.status, 503);
    EXPECT_NE(all.body.find("None of the modules"), std::string::npos);
    EXPECT_EQ(dropped.status, 404);
    EXPECT_EQ(replayed.status, 404);
    co_await edge.stop();
}

CO_TEST(edge, errors_are_pages_for_browsers_and_problems_for_programs) {
    edge_under_test edge;
    const std::string browser = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n";

    const auto page = co_await edge.ask(get("/none", browser));
    const auto api = co_await edge.ask(get("/api/v1/none", browser));
    const auto program = co_await edge.ask(get("/none", "Accept: */*\r\n"));
    const auto foreign = co_await edge.ask("GET / HTTP/1.1\r\nHost: evil.test\r\n" + browser + "\r\n");

    EXPECT_EQ(page.status, 404);
    EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8");
    EXPECT_NE(page.body.find(page.header("x-trace-id")), std::string::npos);
    EXPECT_EQ(api.header("content-type"), "application/problem+json; charset=utf-8");
    EXPECT_EQ(program.header("content-type"), "application/problem+json; charset=utf-8");
    EXPECT_EQ(foreign.status, 421);
    EXPECT_EQ(foreign.header("content-type"), "text/html; charset=utf-8");
    co_await edge.stop();
}

void expect_security_headers(const answer& page, std::string_view what) {
    EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8") << what;
    EXPECT_EQ(page.header("content-security-policy"),
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
              "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
        << what;
    EXPECT_EQ(page.header("x-content-type-options"), "nosniff") << what;
    EXPECT_EQ(page.header("cross-origin-opener-policy"), "same-origin") << what;
    EXPECT_EQ(page.header("cross-origin-resource-policy"), "same-origin") << what;
    EXPECT_NE(page.header("permissions-policy"), "") << what;
    EXPECT_NE(page.header("referrer-policy"), "") << what;
    EXPECT_EQ(page.header("server"), "busbar") << what;
    EXPECT_EQ(page.header("x-xss-protection"), "") << what;
    EXPECT_EQ(page.body.find("style=\""), std::string::npos) << what;
    EXPECT_EQ(page.body.find("onclick"), std::string::npos) << what;
}

CO_TEST(edge, every_page_carries_the_security_headers) {
    edge_under_test edge;
    const scripted_catalog catalog{edge.bus};
    const std::string accept = "Accept: text/html\r\n";

    for (const auto* path : {"/", "/register", "/registered", "/confirm?token=a", "/login", "/forgot", "/reset?token=a",
                             "/resend", "/sent", "/products", "/products/p1", "/none"})
        expect_security_headers(co_await edge.ask(get(path, accept)), path);
    for (const auto* path : {"/", "/none"}) expect_security_headers(co_await edge.ask_admin(get(path, accept)), path);
    co_await edge.stop();
}

// S45, S58
CO_TEST(edge, the_page_of_a_failure_carries_them_too_and_tells_no_reason) {
    edge_under_test edge;
    browser person{edge};
    edge.registration.trouble = core::error{core::error_kind::remote, "the secret reason"};

    const auto page = co_await person.open_and_send("/register", "name=Ada&email=a%40b.c&password=four+words");

    EXPECT_EQ(page.status, 500);
    expect_security_headers(page, "500");
    EXPECT_EQ(page.body.find("secret"), std::string::npos);
    EXPECT_NE(page.body.find(page.header("x-trace-id")), std::string::npos);
    co_await edge.stop();
}

CO_TEST(edge, static_files_have_their_type_and_are_asked_for_once) {
    edge_under_test edge;
    const auto home = co_await edge.ask(get("/"));
    const auto address = "/assets/busbar.css?v=" + between(home.body, "busbar.css?v=", "\"");

    const auto sheet = co_await edge.ask(get(address));
    const auto again = co_await edge.ask(get("/assets/busbar.css", "If-None-Match: " + sheet.header("etag") + "\r\n"));

    EXPECT_EQ(sheet.header("content-type"), "text/css; charset=utf-8");
    EXPECT_EQ(sheet.header("cache-control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.header("cache-control"), "no-cache");
    EXPECT_EQ((co_await edge.ask(get("/assets/password.js"))).header("content-type"), "text/javascript; charset=utf-8");
    EXPECT_EQ((co_await edge.ask(get("/favicon.ico"))).header("content-type"), "image/svg+xml; charset=utf-8");
    EXPECT_EQ((co_await edge.ask(get("/assets/none.css"))).status, 404);
    EXPECT_EQ((co_await edge.ask(get("/assets/"))).status, 404);
    co_await edge.stop();
}

CO_TEST(edge, an_admin_address_that_others_can_reach_is_refused) {
    harness::world world;
    scripted_bus bus;
    for (const auto* host : {"0.0.0.0", "::", "192.168.0.1", "example.org"}) {
        try {
            const edge edge{{harness::loop(),
                             world.clock,
                             world.runtime.log_for("web"),
                             world.logs,
                             bus,
                             world.metrics,
                             world.traces,
                             {}},
                            {.admin = {host, 8081}}};
            ADD_FAILURE() << host;
        } catch (const core::fatal_error& error) {
            EXPECT_EQ(error.code(), core::exit_code::configuration) << host;
        }
    }
    co_return;
}

}  // namespace
}  // namespace web::testing
