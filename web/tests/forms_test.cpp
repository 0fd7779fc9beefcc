#include "edge_world.hpp"

namespace web::testing {
namespace {

struct opened_form {
    std::string cookie;
    std::string token;
    [[nodiscard]] std::string cookie_field() const { return "Cookie: a=b; " + cookie + "\r\n"; }
};

core::awaitable<opened_form> open_form(edge_under_test& edge, std::string path = "/register") {
    const auto page = co_await edge.ask(get(path));
    const auto cookie = page.header("set-cookie");
    co_return opened_form{cookie.substr(0, cookie.find(';')), between(page.body, "name=\"csrf_token\" value=\"", "\"")};
}

CO_TEST(forms, a_good_form_registers_and_leads_on) {
    edge_under_test edge;
    const auto form = co_await open_form(edge);

    const auto answer = co_await edge.ask(post(
        "/register", form_type, "name=Ada+L&email=ada%40example.org&password=s%26cret+words&csrf_token=" + form.token,
        form.cookie_field() + "Sec-Fetch-Site: same-origin\r\n"));

    EXPECT_EQ(answer.status, 303);
    EXPECT_EQ(answer.header("location"), "/registered");
    CO_ASSERT_TRUE(edge.registration.registered.size() == 1);
    EXPECT_EQ(edge.registration.registered[0].name, "Ada L");
    EXPECT_EQ(edge.registration.registered[0].email, "ada@example.org");
    EXPECT_EQ(edge.registration.registered[0].password, "s&cret words");
    EXPECT_EQ((co_await edge.ask(get("/registered"))).status, 200);
    co_await edge.stop();
}

CO_TEST(forms, a_bad_form_comes_back_with_all_but_the_password) {
    edge_under_test edge;
    edge.registration.trouble =
        core::invalid({{"email", "must be an address"}, {"password", "must be longer"}}).error();
    const auto form = co_await open_form(edge);

    const auto page = co_await edge.ask(post("/register", form_type,
                                             "name=%3Cb%3E%22Ada&email=ada&password=hunter2&csrf_token=" + form.token,
                                             form.cookie_field()));

    EXPECT_EQ(page.status, 422);
    EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8");
    EXPECT_NE(page.body.find("value=\"&lt;b&gt;&quot;Ada\""), std::string::npos);
    EXPECT_NE(page.body.find("value=\"ada\""), std::string::npos);
    EXPECT_NE(page.body.find("<p class=\"error\" id=\"email-error\">Must be an address.</p>"), std::string::npos);
    EXPECT_NE(page.body.find("aria-describedby=\"password-error password-hint\""), std::string::npos);
    EXPECT_EQ(page.body.find("id=\"name-error\""), std::string::npos);
    EXPECT_EQ(page.body.find("hunter2"), std::string::npos);
    co_await edge.stop();
}

CO_TEST(forms, an_overloaded_module_leaves_the_form_as_it_was) {
    edge_under_test edge;
    edge.registration.trouble = core::error{core::error_kind::overloaded, "Too much to do."};
    const auto form = co_await open_form(edge);

    const auto page = co_await edge.ask(post("/register", form_type,
                                             "name=Ada&email=a%40b.c&password=hunter22&csrf_token=" + form.token,
                                             form.cookie_field()));

    EXPECT_EQ(page.status, 503);
    EXPECT_EQ(page.header("retry-after"), "1");
    EXPECT_NE(page.body.find("value=\"Ada\""), std::string::npos);
    EXPECT_NE(page.body.find("Too much to do."), std::string::npos);
    co_await edge.stop();
}

CO_TEST(forms, a_form_without_its_token_or_with_a_foreign_one_is_refused) {
    edge_under_test edge;
    const auto mine = co_await open_form(edge);
    const auto theirs = co_await open_form(edge);
    const auto status_for = [&](std::string token, std::string cookie,
                                std::string fields = {}) -> core::awaitable<int> {
        const auto answer =
            co_await edge.ask(post("/register", form_type, "name=a&email=b&password=c&csrf_token=" + token,
                                   (cookie.empty() ? "" : "Cookie: " + cookie + "\r\n") + fields));
        co_return answer.status;
    };

    EXPECT_EQ(co_await status_for(mine.token, mine.cookie), 303);
    EXPECT_EQ(co_await status_for("", mine.cookie), 403);
    EXPECT_EQ(co_await status_for(mine.token, ""), 403);
    EXPECT_EQ(co_await status_for(mine.token, theirs.cookie), 403);
    EXPECT_EQ(co_await status_for(theirs.token, mine.cookie), 403);
    EXPECT_EQ(co_await status_for(mine.token, "__Host-busbar_form=short"), 403);
    EXPECT_EQ(co_await status_for(mine.token, mine.cookie, "Sec-Fetch-Site: cross-site\r\n"), 403);
    EXPECT_EQ(edge.registration.registered.size(), 1u);
    co_await edge.stop();
}

CO_TEST(forms, the_form_cookie_is_for_this_host_alone_and_is_kept) {
    edge_under_test edge;

    const auto first = co_await edge.ask(get("/register"));
    const auto cookie = first.header("set-cookie");
    const auto second = co_await edge.ask(get("/register", "Cookie: " + cookie.substr(0, cookie.find(';')) + "\r\n"));

    EXPECT_TRUE(cookie.starts_with("__Host-busbar_form="));
    EXPECT_TRUE(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"));
    EXPECT_EQ(second.header("set-cookie"), "");
    EXPECT_EQ(between(first.body, "name=\"csrf_token\" value=\"", "\""),
              between(second.body, "name=\"csrf_token\" value=\"", "\""));
    co_await edge.stop();
}

CO_TEST(forms, only_the_post_of_the_button_confirms) {
    edge_under_test edge;

    for (int i = 0; i < 3; ++i) co_await edge.ask(get("/confirm?token=good"));
    co_await edge.ask("HEAD /confirm?token=good HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto confirmed_by_get = edge.registration.confirmed.size();
    const auto page = co_await edge.ask(get("/confirm?token=good"));
    const auto form = co_await open_form(edge, "/confirm?token=good");
    const auto good =
        co_await edge.ask(post("/confirm", form_type, "token=good&csrf_token=" + form.token, form.cookie_field()));
    const auto old =
        co_await edge.ask(post("/confirm", form_type, "token=old&csrf_token=" + form.token, form.cookie_field()));

    EXPECT_EQ(confirmed_by_get, 0u);
    EXPECT_EQ(page.header("referrer-policy"), "no-referrer");
    EXPECT_EQ(good.status, 303);
    EXPECT_EQ(good.header("location"), "/login");
    EXPECT_EQ(old.status, 410);
    EXPECT_EQ(old.header("content-type"), "text/html; charset=utf-8");
    EXPECT_EQ(edge.registration.confirmed.size(), 1u);
    co_await edge.stop();
}

}  // namespace
}  // namespace web::testing
