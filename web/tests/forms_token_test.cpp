#include "browser.hpp"

// The token that guards forms, on the real routes; see rights_test.cpp for the rule itself.
namespace web::testing {
namespace {

const std::string new_name = "name=Grace";

CO_TEST(form_token, S25_goes_with_the_session_that_it_was_made_for) {
    edge_under_test edge;
    edge.accounts.sessions["other-token"] = "s3";
    browser person{edge};
    person.sign_in();
    co_await person.open("/account");
    const auto mine = person.token;

    EXPECT_EQ((co_await person.send("/account/name", new_name)).header("location"), "/account");
    person.cookies["__Host-busbar_session"] = "other-token";
    EXPECT_EQ((co_await person.send("/account/name", new_name)).status, 403);
    person.sign_in();
    for (const std::string& bad : {std::string{}, mine + "x", mine.substr(1), std::string(43, 'A')}) {
        person.token = bad;
        EXPECT_EQ((co_await person.send("/account/name", new_name)).status, 403) << bad;
    }
    person.token = mine;
    EXPECT_EQ((co_await person.send("/account/name", new_name)).status, 303);
    co_await edge.stop();
}

CO_TEST(form_token, S25_from_before_a_sign_in_is_void_after_it) {
    edge_under_test edge;
    browser person{edge};
    co_await person.open("/login");
    const auto before = person.token;

    co_await person.send("/login", "email=ada%40example.org&password=four+words");
    const auto after = co_await person.send("/account/name", new_name);
    const auto elsewhere = co_await person.send("/forgot", "email=ada%40example.org");
    const auto page = co_await person.open("/account");

    EXPECT_EQ(after.status, 403);
    EXPECT_EQ(elsewhere.status, 403);
    EXPECT_EQ(page.status, 200);
    EXPECT_NE(person.token, before);
    EXPECT_EQ((co_await person.send("/account/name", new_name)).status, 303);
    co_await edge.stop();
}

CO_TEST(form_token, S25_nobody_is_signed_in_to_the_account_of_somebody_else_by_a_foreign_form) {
    edge_under_test edge;
    browser attacker{edge};
    browser person{edge};
    co_await attacker.open("/login");
    co_await person.open("/login");
    person.token = attacker.token;

    const auto answer = co_await person.send("/login", "email=mallory%40example.org&password=mine");

    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(edge.accounts.last(), "nothing");
    co_await edge.stop();
}

CO_TEST(form_token, S25_every_form_that_changes_something_wants_it) {
    edge_under_test edge;
    browser person{edge};
    person.sign_in();
    co_await person.open("/account");
    edge.accounts.asked.clear();
    person.token = "wrong";

    for (const auto* path :
         {"/register", "/confirm", "/login", "/logout", "/forgot", "/reset", "/resend", "/account/name",
          "/account/address", "/account/password", "/account/sessions/s2/end", "/account/delete"})
        EXPECT_EQ((co_await person.send(path, "email=a&password=b&token=c")).status, 403) << path;
    EXPECT_TRUE(edge.accounts.asked.empty());
    EXPECT_TRUE(edge.registration.registered.empty());
    co_await edge.stop();
}

CO_TEST(form_token, S25_scripts_of_our_pages_send_it_as_a_header) {
    edge_under_test edge;
    browser person{edge};
    person.sign_in();
    co_await person.open("/account");
    const auto change = [&](const std::string& token) {
        return edge.ask("DELETE /api/v1/users/me/sessions/s2 HTTP/1.1\r\nHost: localhost\r\n" + person.fields() +
                        (token.empty() ? "" : "X-CSRF-Token: " + token + "\r\n") + "\r\n");
    };

    EXPECT_EQ((co_await change("")).status, 403);
    EXPECT_EQ((co_await change("wrong")).status, 403);
    EXPECT_EQ((co_await change(person.token)).status, 204);
    co_await edge.stop();
}

CO_TEST(form_token, S24_only_our_own_pages_change_something) {
    edge_under_test edge;
    browser person{edge};
    person.sign_in();
    co_await person.open("/account");
    const auto status_for = [&](std::string fields) -> core::awaitable<int> {
        person.extra = std::move(fields);
        co_return (co_await person.send("/account/name", new_name)).status;
    };

    EXPECT_EQ(co_await status_for(""), 303);
    EXPECT_EQ(co_await status_for("Sec-Fetch-Site: same-origin\r\n"), 303);
    EXPECT_EQ(co_await status_for("Origin: http://localhost\r\n"), 303);
    EXPECT_EQ(co_await status_for("Sec-Fetch-Site: same-site\r\n"), 403);
    EXPECT_EQ(co_await status_for("Sec-Fetch-Site: same-site\r\nOrigin: http://localhost\r\n"), 403);
    EXPECT_EQ(co_await status_for("Sec-Fetch-Site: cross-site\r\n"), 403);
    EXPECT_EQ(co_await status_for("Sec-Fetch-Site: none\r\n"), 403);
    EXPECT_EQ(co_await status_for("Origin: http://localhost:8081\r\n"), 403);
    EXPECT_EQ(co_await status_for("Origin: https://evil.test\r\n"), 403);
    EXPECT_EQ(co_await status_for("Origin: null\r\n"), 403);
    co_await edge.stop();
}

CO_TEST(form_token, S26_no_simple_request_reaches_the_api) {
    edge_under_test edge;
    const std::string ada = "Authorization: Bearer ada-token\r\n";

    for (const auto* path : {"/api/v1/sessions", "/api/v1/password-resets", "/api/v1/password-resets/complete",
                             "/api/v1/confirmations/resend"})
        for (const auto type : {std::string_view{"text/plain"}, form_type, std::string_view{"multipart/form-data"}})
            EXPECT_EQ((co_await edge.ask(post(path, type, R"({"email":"a"})", ada))).status, 415) << path;
    EXPECT_EQ(edge.accounts.last(), "nothing");
    co_await edge.stop();
}

}  // namespace
}  // namespace web::testing
