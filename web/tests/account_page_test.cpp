#include "browser.hpp"

namespace web::testing {
namespace {

// Somebody who is signed in and has the page open.
struct opened_account {
    edge_under_test edge;
    browser person{edge};
    answer page;

    core::awaitable<void> open() {
        person.sign_in();
        page = co_await person.open("/account");
    }
};

CO_TEST(account_page, shows_who_is_signed_in_and_where) {
    opened_account account;
    co_await account.open();

    EXPECT_EQ(account.page.status, 200);
    EXPECT_TRUE(shows(account.page, "Ada · ada@example.org"));
    EXPECT_TRUE(shows(account.page, "<span class=\"tag\">This one</span>"));
    EXPECT_TRUE(shows(account.page, "&lt;b&gt;curl"));
    EXPECT_TRUE(shows(account.page, "action=\"/account/sessions/s2/end\""));
    EXPECT_FALSE(shows(account.page, "action=\"/account/sessions/s1/end\""));
    EXPECT_TRUE(shows(account.page, "action=\"/logout\""));
    EXPECT_FALSE(shows(account.page, ">Sign in</a>"));
    co_await account.edge.stop();
}

CO_TEST(account_page, is_for_users_alone) {
    edge_under_test edge;

    const auto page = co_await edge.ask(get("/account"));

    EXPECT_EQ(page.status, 303);
    EXPECT_EQ(page.header("location"), "/login?next=/account");
    co_await edge.stop();
}

CO_TEST(account_page, a_change_leads_back_and_is_said_once) {
    opened_account account;
    co_await account.open();

    const auto answer = co_await account.person.send("/account/name", "name=Grace");
    const auto asked = account.edge.accounts.last();
    const auto told = co_await account.person.open("/account");
    const auto again = co_await account.person.open("/account");

    EXPECT_EQ(answer.status, 303);
    EXPECT_EQ(answer.header("location"), "/account");
    EXPECT_EQ(asked, R"(registration.update_user {"user_id":"u1","name":"Grace","email":null})");
    EXPECT_TRUE(shows(told, "Your name is changed."));
    EXPECT_FALSE(shows(again, "Your name is changed."));
    co_await account.edge.stop();
}

CO_TEST(account_page, a_new_address_is_said_to_wait_for_its_mail) {
    opened_account account;
    co_await account.open();

    co_await account.person.send("/account/address", "email=new%40example.org");
    const auto asked = account.edge.accounts.last();
    const auto told = co_await account.person.open("/account");

    EXPECT_EQ(asked, R"(registration.update_user {"user_id":"u1","name":null,"email":"new@example.org"})");
    EXPECT_TRUE(shows(told, "A mail is on its way to the new address."));
    co_await account.edge.stop();
}

CO_TEST(account_page, what_is_wrong_stands_in_the_form_that_it_belongs_to) {
    opened_account account;
    co_await account.open();
    const auto send = [&](const char* form, const char* fields, std::vector<core::field_error> errors) {
        account.edge.accounts.troubles["registration.update_user"] = core::invalid(errors).error();
        account.edge.accounts.troubles["registration.delete_user"] = core::invalid(std::move(errors)).error();
        return account.person.send(form, fields);
    };

    const auto address = co_await send("/account/address", "email=nope", {{"email", "must be an address"}});
    const auto removal = co_await send("/account/delete", "password=secret", {{"password", "is not right"}});

    EXPECT_EQ(address.status, 422);
    EXPECT_TRUE(shows(address, "<p class=\"error\" id=\"email-error\">Must be an address.</p>"));
    EXPECT_TRUE(shows(address, "value=\"nope\""));
    EXPECT_TRUE(shows(address, "name=\"name\" type=\"text\" autocomplete=\"name\" value=\"Ada\""));
    EXPECT_FALSE(shows(address, "id=\"name-error\""));
    EXPECT_EQ(removal.status, 422);
    EXPECT_TRUE(shows(removal, "<p class=\"error\" id=\"password-error\">Is not right.</p>"));
    EXPECT_FALSE(shows(removal, "secret"));
    co_await account.edge.stop();
}

CO_TEST(account_page, who_tries_passwords_too_often_keeps_the_page) {
    opened_account account;
    co_await account.open();
    account.edge.accounts.troubles["registration.change_password"] =
        core::error{core::error_kind::limited, "That was tried too often.", {}, {}, std::chrono::seconds{200}};

    const auto page = co_await account.person.send("/account/password", "current_password=a&new_password=b");

    EXPECT_EQ(page.status, 429);
    EXPECT_EQ(page.header("retry-after"), "200");
    EXPECT_TRUE(shows(page, "That was tried too often. Please try again in 4 minutes."));
    EXPECT_EQ(account.person.cookies["__Host-busbar_session"], "ada-token");
    co_await account.edge.stop();
}

CO_TEST(account_page, S07_after_a_change_of_the_password_the_cookie_holds_the_new_token) {
    opened_account account;
    co_await account.open();

    const auto answer =
        co_await account.person.send("/account/password", "current_password=old&new_password=new+words");

    EXPECT_EQ(answer.header("location"), "/account");
    EXPECT_EQ(account.person.cookies["__Host-busbar_session"], "renewed-token");
    EXPECT_EQ(account.edge.accounts.last(),
              R"(registration.change_password {"user_id":"u1","session_id":"s1","current_password":"old",)"
              R"("new_password":"new words","renews_token":true})");
    co_await account.edge.stop();
}

CO_TEST(account_page, S22_another_session_is_ended_with_its_button) {
    opened_account account;
    co_await account.open();

    const auto answer = co_await account.person.send("/account/sessions/s2/end", "");
    const auto asked = account.edge.accounts.last();
    const auto own = co_await account.person.send("/account/sessions/s1/end", "");

    EXPECT_EQ(answer.header("location"), "/account");
    EXPECT_EQ(asked, R"(registration.end_session {"user_id":"u1","session_id":"s2"})");
    EXPECT_EQ(own.header("location"), "/login");
    EXPECT_FALSE(account.person.cookies.contains("__Host-busbar_session"));
    co_await account.edge.stop();
}

CO_TEST(account_page, a_deleted_account_signs_out) {
    opened_account account;
    co_await account.open();

    const auto answer = co_await account.person.send("/account/delete", "password=four+words");
    const auto asked = account.edge.accounts.last();
    const auto told = co_await account.person.open("/login");

    EXPECT_EQ(answer.header("location"), "/login");
    EXPECT_EQ(asked, R"(registration.delete_user {"user_id":"u1","password":"four words"})");
    EXPECT_FALSE(account.person.cookies.contains("__Host-busbar_session"));
    EXPECT_TRUE(shows(told, "Your account is deleted"));
    co_await account.edge.stop();
}

}  // namespace
}  // namespace web::testing
