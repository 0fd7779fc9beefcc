#include "browser.hpp"

namespace web::testing {
namespace {

CO_TEST(password_resets, by_the_api) {
    edge_under_test edge;

    const auto asked = co_await edge.ask(post("/api/v1/password-resets", json_type, R"({"email":"ada@example.org"})"));
    const auto asked_for = edge.accounts.last();
    const auto done = co_await edge.ask(
        post("/api/v1/password-resets/complete", json_type, R"({"token":"good","password":"new words"})"));
    const auto done_with = edge.accounts.last();
    edge.accounts.trouble = core::error{core::error_kind::gone, "The link is used up."};
    const auto gone = co_await edge.ask(
        post("/api/v1/password-resets/complete", json_type, R"({"token":"old","password":"new words"})"));

    EXPECT_EQ(asked.status, 202);
    EXPECT_EQ(asked_for, R"(registration.forgot_password {"email":"ada@example.org"})");
    EXPECT_EQ(done.status, 204);
    EXPECT_EQ(done_with, R"(registration.reset_password {"token":"good","password":"new words"})");
    EXPECT_EQ(gone.status, 410);
    co_await edge.stop();
}

CO_TEST(password_resets, the_confirmation_is_sent_again_by_the_api) {
    edge_under_test edge;

    const auto answer =
        co_await edge.ask(post("/api/v1/confirmations/resend", json_type, R"({"email":"ada@example.org"})"));

    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(edge.accounts.last(), R"(registration.resend_confirmation {"email":"ada@example.org"})");
    co_await edge.stop();
}

CO_TEST(password_resets, both_forms_for_a_mail_lead_to_the_same_page) {
    edge_under_test edge;
    browser person{edge};

    const auto forgot = co_await person.open_and_send("/forgot", "email=ada%40example.org");
    const auto forgot_asked = edge.accounts.last();
    const auto resend = co_await person.open_and_send("/resend", "email=ada%40example.org");
    const auto resend_asked = edge.accounts.last();

    EXPECT_EQ(forgot.status, 303);
    EXPECT_EQ(forgot.header("location"), "/sent");
    EXPECT_EQ(forgot_asked, R"(registration.forgot_password {"email":"ada@example.org"})");
    EXPECT_EQ(resend.status, 303);
    EXPECT_EQ(resend.header("location"), "/sent");
    EXPECT_EQ(resend_asked, R"(registration.resend_confirmation {"email":"ada@example.org"})");
    EXPECT_EQ((co_await person.open("/sent")).status, 200);
    co_await edge.stop();
}

CO_TEST(password_resets, S17_S19_the_mailed_link_changes_nothing_and_tells_nobody_its_token) {
    edge_under_test edge;
    browser person{edge};

    const auto page = co_await person.open("/reset?token=good%22%3E");
    co_await edge.ask("HEAD /reset?token=good HTTP/1.1\r\nHost: localhost\r\n\r\n");

    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.header("referrer-policy"), "no-referrer");
    EXPECT_EQ(page.header("cache-control"), "no-store");
    EXPECT_NE(page.body.find("name=\"token\" value=\"good&quot;&gt;\""), std::string::npos);
    EXPECT_EQ(edge.accounts.last(), "nothing");
    EXPECT_EQ((co_await person.open("/reset")).status, 400);
    co_await edge.stop();
}

CO_TEST(password_resets, S19_the_form_sets_the_password_and_leaves_the_token_behind) {
    edge_under_test edge;
    browser person{edge};
    co_await person.open("/reset?token=good");

    const auto answer = co_await person.send("/reset", "token=good&password=new+words");
    const auto asked = edge.accounts.last();
    const auto told = co_await person.open("/login");

    EXPECT_EQ(answer.status, 303);
    EXPECT_EQ(answer.header("location"), "/login");
    EXPECT_EQ(asked, R"(registration.reset_password {"token":"good","password":"new words"})");
    EXPECT_NE(told.body.find("Your password is changed."), std::string::npos);
    co_await edge.stop();
}

CO_TEST(password_resets, a_bad_password_keeps_the_token_in_the_form_and_a_used_link_leads_to_a_new_one) {
    edge_under_test edge;
    browser person{edge};
    co_await person.open("/reset?token=good");

    edge.accounts.trouble = core::invalid({{"password", "must be longer"}}).error();
    const auto bad = co_await person.send("/reset", "token=good&password=short-one");
    edge.accounts.trouble = core::error{core::error_kind::gone, "The link is used up."};
    const auto gone = co_await person.send("/reset", "token=good&password=new+words");

    EXPECT_EQ(bad.status, 422);
    EXPECT_EQ(bad.header("referrer-policy"), "no-referrer");
    EXPECT_NE(bad.body.find("name=\"token\" value=\"good\""), std::string::npos);
    EXPECT_NE(bad.body.find("id=\"password-error\">Must be longer."), std::string::npos);
    EXPECT_EQ(bad.body.find("short-one"), std::string::npos);
    EXPECT_EQ(gone.status, 410);
    EXPECT_NE(gone.body.find("href=\"/forgot\""), std::string::npos);
    co_await edge.stop();
}

CO_TEST(password_resets, confirming_is_said_on_the_page_that_follows) {
    edge_under_test edge;
    browser person{edge};
    co_await person.open("/confirm?token=good");

    const auto answer = co_await person.send("/confirm", "token=good");
    const auto told = co_await person.open("/login");

    EXPECT_EQ(answer.header("location"), "/login");
    EXPECT_NE(told.body.find("Your address is confirmed."), std::string::npos);
    co_await edge.stop();
}

}  // namespace
}  // namespace web::testing
