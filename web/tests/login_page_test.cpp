#include "browser.hpp"
#include "origin.hpp"

namespace web::testing {
namespace {

const std::string form_of_ada = "email=ada%40example.org&password=four+words";
const core::error wrong{core::error_kind::unauthenticated, "The address or the password is not right."};
const core::error unconfirmed{
    core::error_kind::denied, "The address is not confirmed yet.", {}, "confirmation-required"};
const core::error too_often{core::error_kind::limited, "That was tried too often.", {}, {}, std::chrono::seconds{42}};

bool keeps_cookies(std::string_view host, std::string_view own_origin = {}, bool is_encrypted = false) {
    request request;
    request.host = host;
    request.is_encrypted = is_encrypted;
    return keeps_secure_cookies(request, own_origin);
}

TEST(login_page, S21_is_for_who_comes_over_tls_or_from_this_very_machine) {
    for (const auto* host : {"localhost", "LocalHost:8080", "127.0.0.1", "127.8.9.1:80", "[::1]", "[::1]:8080"})
        EXPECT_TRUE(keeps_cookies(host)) << host;
    for (const auto* host : {"localhost.example", "127.0.0.1.example", "[::2]", "192.0.2.1", "busbar.example", ""})
        EXPECT_FALSE(keeps_cookies(host)) << host;
    EXPECT_TRUE(keeps_cookies("busbar.example", "https://Busbar.example"));
    EXPECT_FALSE(keeps_cookies("busbar.example", "http://busbar.example"));
    EXPECT_FALSE(keeps_cookies("other.example", "https://busbar.example"));
    EXPECT_TRUE(keeps_cookies("busbar.example", {}, true));
}

CO_TEST(login_page, S21_signing_in_sets_a_cookie_for_this_host_alone_and_leads_to_the_account) {
    edge_under_test edge;
    browser person{edge};

    const auto answer = co_await person.open_and_send("/login", form_of_ada);

    EXPECT_EQ(answer.status, 303);
    EXPECT_EQ(answer.header("location"), "/account");
    EXPECT_EQ(set_cookie_of(answer, "__Host-busbar_session"),
              "__Host-busbar_session=fresh-token; Path=/; Secure; HttpOnly; SameSite=Lax");
    EXPECT_EQ((co_await person.open("/account")).status, 200);
    co_await edge.stop();
}

CO_TEST(login_page, S20_a_sign_in_never_goes_on_with_the_token_that_was_there_and_ends_its_session) {
    edge_under_test edge;
    browser person{edge};
    person.sign_in();

    co_await person.open_and_send("/login", form_of_ada);

    EXPECT_EQ(person.cookies["__Host-busbar_session"], "fresh-token");
    EXPECT_EQ(edge.accounts.last(), R"(registration.end_session {"user_id":"u1","session_id":"s1"})");
    co_await edge.stop();
}

CO_TEST(login_page, S20_a_token_that_somebody_planted_is_replaced) {
    edge_under_test edge;
    browser person{edge};
    person.cookies["__Host-busbar_session"] = "planted";

    const auto answer = co_await person.open_and_send("/login", form_of_ada);

    EXPECT_EQ(answer.status, 303);
    EXPECT_EQ(person.cookies["__Host-busbar_session"], "fresh-token");
    co_await edge.stop();
}

CO_TEST(login_page, signing_out_ends_the_session_and_says_so_once) {
    edge_under_test edge;
    browser person{edge};
    person.sign_in();

    co_await person.open("/account");
    const auto answer = co_await person.send("/logout", "");
    const auto told = co_await person.open("/login");
    const auto again = co_await person.open("/login");

    EXPECT_EQ(answer.status, 303);
    EXPECT_EQ(answer.header("location"), "/login");
    EXPECT_FALSE(person.cookies.contains("__Host-busbar_session"));
    EXPECT_NE(told.body.find("You are signed out."), std::string::npos);
    EXPECT_EQ(again.body.find("You are signed out."), std::string::npos);
    EXPECT_EQ((co_await edge.ask(get("/logout"))).status, 405);
    co_await edge.stop();
}

CO_TEST(login_page, S53_after_the_sign_in_a_person_is_led_to_places_of_this_site_alone) {
    edge_under_test edge;
    const auto led_to = [&](std::string next) -> core::awaitable<std::string> {
        browser person{edge};
        co_await person.open("/login?next=" + next);
        const auto answer = co_await person.send("/login", form_of_ada + "&next=" + next);
        co_return answer.header("location");
    };

    EXPECT_EQ(co_await led_to("/products/new"), "/products/new");
    EXPECT_EQ(co_await led_to("/mine%3Fa%3Db%26c%3D%2520"), "/mine?a=b&c=%20");
    for (const auto* bad : {"https%3A%2F%2Fevil.test",
                            "http%3A%2F%2Fevil.test%2Fx",
                            "//evil.test",
                            "%2F%2Fevil.test",
                            "///evil.test",
                            "/%5Cevil.test",
                            "%5C%5Cevil.test",
                            "%5C/evil.test",
                            "/%09/evil.test",
                            "/%0A/evil.test",
                            "%20//evil.test",
                            "/x%0D%0ASet-Cookie:%20a=b",
                            "javascript:alert(1)",
                            "data:text/html,x",
                            "evil.test",
                            "%3A//evil.test",
                            "http:evil.test",
                            "%00/x",
                            "/%7F/evil.test",
                            ".evil.test",
                            "%EF%BC%8F%EF%BC%8Fevil.test",
                            ""})
        EXPECT_EQ(co_await led_to(bad), "/account") << bad;
    co_await edge.stop();
}

CO_TEST(login_page, S21_over_plain_http_from_another_machine_nobody_signs_in) {
    edge_under_test edge{{.public_url = "http://busbar.example"}};
    const std::string elsewhere = "Host: busbar.example\r\nAccept: text/html\r\n";

    const auto form = co_await edge.ask("GET /login HTTP/1.1\r\n" + elsewhere + "\r\n");
    const auto sent = co_await edge.ask("POST /login HTTP/1.1\r\n" + elsewhere +
                                        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 19\r\n\r\n"
                                        "email=a&password=bc");

    for (const auto* page : {&form, &sent}) {
        EXPECT_EQ(page->status, 403);
        EXPECT_NE(page->body.find("https://"), std::string::npos);
    }
    EXPECT_EQ(edge.accounts.last(), "nothing");
    co_await edge.stop();
}

CO_TEST(login_page, S21_behind_a_proxy_with_tls_the_public_url_tells_that_all_is_well) {
    edge_under_test edge{{.public_url = "https://busbar.example"}};

    const auto form = co_await edge.ask("GET /login HTTP/1.1\r\nHost: busbar.example\r\n\r\n");

    EXPECT_EQ(form.status, 200);
    co_await edge.stop();
}

CO_TEST(login_page, a_wrong_password_brings_the_form_back_without_it) {
    edge_under_test edge;
    browser person{edge};
    edge.accounts.trouble = wrong;

    const auto page = co_await person.open_and_send("/login", form_of_ada + "&next=/products/new");

    EXPECT_EQ(page.status, 401);
    EXPECT_NE(page.body.find("The address or the password is not right."), std::string::npos);
    EXPECT_NE(page.body.find("value=\"ada@example.org\""), std::string::npos);
    EXPECT_NE(page.body.find("name=\"next\" value=\"/products/new\""), std::string::npos);
    EXPECT_EQ(page.body.find("four"), std::string::npos);
    EXPECT_EQ(set_cookie_of(page, "__Host-busbar_session"), "");
    co_await edge.stop();
}

CO_TEST(login_page, who_has_not_confirmed_is_shown_where_the_mail_is_sent_again) {
    edge_under_test edge;
    browser person{edge};
    edge.accounts.trouble = unconfirmed;

    const auto page = co_await person.open_and_send("/login", form_of_ada);

    EXPECT_EQ(page.status, 403);
    EXPECT_NE(page.body.find("href=\"/resend\""), std::string::npos);
    EXPECT_NE(page.body.find("value=\"ada@example.org\""), std::string::npos);
    co_await edge.stop();
}

CO_TEST(login_page, who_tries_too_often_keeps_the_form_and_learns_when_to_go_on) {
    edge_under_test edge;
    browser person{edge};
    edge.accounts.trouble = too_often;

    const auto page = co_await person.open_and_send("/login", form_of_ada);

    EXPECT_EQ(page.status, 429);
    EXPECT_EQ(page.header("retry-after"), "42");
    EXPECT_NE(page.body.find("Please try again in 42 seconds."), std::string::npos);
    EXPECT_NE(page.body.find("value=\"ada@example.org\""), std::string::npos);
    co_await edge.stop();
}

}  // namespace
}  // namespace web::testing
