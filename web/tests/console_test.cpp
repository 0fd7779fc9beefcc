#include <logging/messages.hpp>
#include <nlohmann/json.hpp>

#include "browser.hpp"

// Signing in to the admin listener in a browser.
namespace web::testing {
namespace {

const std::string admin = "Authorization: Bearer the-token\r\n";
const std::string cookie_name = "__Host-busbar_console";

std::string token_in(const std::string& link) { return link.substr(link.find("#token=") + 7); }

CO_TEST(console, S31_a_link_signs_in_once) {
    edge_under_test edge;
    browser person{edge, listener::admin};
    browser late{edge, listener::admin};
    const auto token = token_in(edge.edge.new_console_link());

    const auto before = co_await person.open("/");
    const auto signed_in = co_await person.send("/sign-in", "token=" + token);
    const auto overview = co_await person.open("/");
    const auto again = co_await late.open_and_send("/", "/sign-in", "token=" + token);

    EXPECT_NE(before.body.find("action=\"/sign-in\""), std::string::npos);
    EXPECT_EQ(before.body.find("/api/v1/users"), std::string::npos);
    EXPECT_EQ(signed_in.status, 303);
    EXPECT_EQ(signed_in.header("location"), "/");
    EXPECT_NE(overview.body.find("href=\"/api/v1/users\""), std::string::npos);
    EXPECT_EQ(again.status, 401);
    EXPECT_FALSE(late.cookies.contains(cookie_name));
    co_await edge.stop();
}

CO_TEST(console, S31_a_link_is_good_for_half_an_hour) {
    edge_under_test edge;
    browser person{edge, listener::admin};
    const auto first = token_in(edge.edge.new_console_link());
    const auto second = token_in(edge.edge.new_console_link());

    edge.world.clock.advance(std::chrono::minutes{30} - std::chrono::milliseconds{1});
    const auto in_time = co_await person.open_and_send("/", "/sign-in", "token=" + first);
    edge.world.clock.advance(std::chrono::milliseconds{1});
    browser other{edge, listener::admin};
    const auto late = co_await other.open_and_send("/", "/sign-in", "token=" + second);

    EXPECT_EQ(in_time.status, 303);
    EXPECT_EQ(late.status, 401);
    co_await edge.stop();
}

CO_TEST(console, takes_the_admin_token_and_nothing_else) {
    edge_under_test edge;
    browser person{edge, listener::admin};

    for (const std::string wrong : {"", "the-toke", "the-token-", "ada-token"})
        EXPECT_EQ((co_await person.open_and_send("/", "/sign-in", "token=" + wrong)).status, 401) << wrong;
    EXPECT_EQ((co_await person.open_and_send("/", "/sign-in", "token=the-token")).status, 303);
    EXPECT_EQ((co_await person.open("/api/v1/users")).status, 200);
    co_await edge.stop();
}

CO_TEST(console, S21_its_cookie_is_out_of_reach_and_goes_to_nobody_else) {
    edge_under_test edge;
    browser person{edge, listener::admin};

    const auto answer = co_await person.open_and_send("/", "/sign-in", "token=the-token");
    const auto on_the_public_listener =
        co_await edge.ask(post("/api/v1/products", json_type, R"({"name":"Lamp"})", person.fields()));

    const auto cookie = set_cookie_of(answer, cookie_name);
    EXPECT_EQ(cookie.substr(cookie.find(';')), "; Path=/; Secure; HttpOnly; SameSite=Strict");
    EXPECT_EQ(cookie.find("the-token"), std::string::npos);
    EXPECT_EQ(on_the_public_listener.status, 401);
    co_await edge.stop();
}

CO_TEST(console, S22_a_session_ends_after_three_days_however_much_it_is_used) {
    edge_under_test edge;
    browser person{edge, listener::admin};
    co_await person.open_and_send("/", "/sign-in", "token=the-token");

    for (int hour = 0; hour < 71; ++hour) {
        edge.world.clock.advance(std::chrono::hours{1});
        EXPECT_EQ((co_await person.open("/api/v1/users")).status, 200);
    }
    edge.world.clock.set_wall_clock(edge.world.clock.now() - std::chrono::hours{24});  // which prolongs nothing
    edge.world.clock.advance(std::chrono::hours{1});

    EXPECT_EQ((co_await person.open("/api/v1/users")).status, 401);
    co_await edge.stop();
}

CO_TEST(console, S22_a_machine_that_sleeps_prolongs_nothing) {
    edge_under_test edge;
    browser person{edge, listener::admin};
    co_await person.open_and_send("/", "/sign-in", "token=the-token");

    edge.world.clock.set_wall_clock(edge.world.clock.now() + std::chrono::hours{72});

    EXPECT_EQ((co_await person.open("/api/v1/users")).status, 401);
    co_await edge.stop();
}

CO_TEST(console, signing_out_and_a_new_admin_token_end_the_session) {
    edge_under_test edge;
    browser person{edge, listener::admin};
    browser other{edge, listener::admin};
    co_await person.open_and_send("/", "/sign-in", "token=the-token");
    co_await other.open_and_send("/", "/sign-in", "token=the-token");
    const auto cookies = person.cookies;
    const auto link = token_in(edge.edge.new_console_link());

    const auto out = co_await person.open_and_send("/", "/sign-out", "");
    const auto forgotten = person.cookies.contains(cookie_name);
    person.cookies = cookies;
    const auto with_the_old_cookie = co_await person.open("/api/v1/users");
    const auto not_the_other = co_await other.open("/api/v1/users");
    edge.admin_token = "a-new-token";
    const auto after_rotation = co_await other.open("/api/v1/users");
    const auto by_an_old_link = co_await other.open_and_send("/", "/sign-in", "token=" + link);

    EXPECT_EQ(out.status, 303);
    EXPECT_FALSE(forgotten);
    EXPECT_EQ(with_the_old_cookie.status, 401);
    EXPECT_EQ(not_the_other.status, 200);
    EXPECT_EQ(after_rotation.status, 401);
    EXPECT_EQ(by_an_old_link.status, 401);
    co_await edge.stop();
}

CO_TEST(console, S25_what_changes_something_wants_the_token_of_a_form) {
    edge_under_test edge;
    browser person{edge, listener::admin};
    co_await person.open_and_send("/", "/sign-in", "token=the-token");
    const auto before = person.token;
    co_await person.open("/");
    const auto disable = [&](std::string more) {
        return edge.ask_admin(post("/api/v1/users/u1/disable", json_type, "", person.fields() + std::move(more)));
    };

    const auto without = co_await disable("");
    const auto of_before = co_await disable("X-CSRF-Token: " + before + "\r\n");
    const auto nothing_was_asked = edge.accounts.asked.empty();
    const auto with = co_await disable("X-CSRF-Token: " + person.token + "\r\n");
    person.token = before;
    const auto out = co_await person.send("/sign-out", "");

    EXPECT_EQ(without.status, 403);
    EXPECT_EQ(of_before.status, 403);
    EXPECT_TRUE(nothing_was_asked);
    EXPECT_EQ(with.status, 204);
    EXPECT_EQ(out.status, 403);
    co_await edge.stop();
}

CO_TEST(console, S24_no_page_of_another_port_signs_in_or_acts) {
    edge_under_test edge;
    browser person{edge, listener::admin};
    co_await person.open_and_send("/", "/sign-in", "token=the-token");
    co_await person.open("/");

    person.extra = "Accept: text/html\r\nSec-Fetch-Site: same-site\r\n";
    const auto signing_out = co_await person.send("/sign-out", "");
    const auto signing_in = co_await person.send("/sign-in", "token=the-token");

    EXPECT_EQ(signing_out.status, 403);
    EXPECT_EQ(signing_in.status, 403);
    co_await edge.stop();
}

CO_TEST(console, a_wrong_token_in_authorization_is_not_mended_by_the_cookie) {
    edge_under_test edge;
    browser person{edge, listener::admin};
    co_await person.open_and_send("/", "/sign-in", "token=the-token");

    person.extra += "Authorization: Bearer wrong\r\n";

    EXPECT_EQ((co_await person.open("/api/v1/users")).status, 401);
    co_await edge.stop();
}

CO_TEST(console, prints_links_for_operators_alone) {
    edge_under_test edge;

    const auto made = co_await edge.ask_admin(post("/api/v1/console-links", json_type, "", admin));
    const auto link = nlohmann::json::parse(made.body);
    browser person{edge, listener::admin};
    const auto in = co_await person.open_and_send("/", "/sign-in", "token=" + token_in(link["url"]));

    EXPECT_EQ(made.status, 201);
    EXPECT_TRUE(link["url"].get<std::string>().starts_with("http://" + edge.edge.admin_address() + "/#token="));
    EXPECT_EQ(core::from_rfc3339(link["expires_at"].get<std::string>()),
              edge.world.clock.now() + std::chrono::minutes{30});
    EXPECT_EQ(in.status, 303);
    EXPECT_EQ((co_await edge.ask_admin(post("/api/v1/console-links", json_type, ""))).status, 401);
    co_await edge.stop();
}

CO_TEST(console, a_link_from_another_site_works_where_the_cookie_of_a_session_is_left) {
    edge_under_test edge;
    browser person{edge, listener::admin};
    const auto token = token_in(edge.edge.new_console_link());

    co_await person.open("/");  // a browser that follows a link sends no strict cookie
    person.cookies[cookie_name] = std::string(43, 'A');
    const auto signed_in = co_await person.send("/sign-in", "token=" + token);
    person.cookies[cookie_name] = std::string(43, 'A');
    co_await person.open("/");

    EXPECT_EQ(signed_in.status, 303);
    EXPECT_FALSE(person.cookies.contains(cookie_name)) << "one that is over is forgotten";
    co_await edge.stop();
}

CO_TEST(console, over_plain_http_from_afar_it_asks_for_no_token) {
    edge_under_test edge{{.public_url = "http://busbar.example.org"}};

    const auto answer =
        co_await edge.ask_admin("GET / HTTP/1.1\r\nHost: busbar.example.org\r\nConnection: close\r\n\r\n");

    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.body.find("csrf_token"), std::string::npos);
    co_await edge.stop();
}

CO_TEST(console, S34_keeps_who_signed_in_and_who_failed) {
    edge_under_test edge;
    std::vector<nlohmann::json> kept;
    edge.bus.answer<logging::record_entry>(
        [&kept](logging::record_entry entry, bus::call) -> core::awaitable<core::result<bus::done>> {
            kept.push_back(entry.data);
            co_return bus::done{};
        });
    browser person{edge, listener::admin};

    co_await person.open_and_send("/", "/sign-in", "token=wrong");
    co_await person.open_and_send("/", "/sign-in", "token=the-token");
    co_await person.open_and_send("/", "/sign-out", "");

    EXPECT_EQ(kept.size(), 3U);
    const auto told = [&kept](std::size_t i) {
        return kept.at(i)["who"].get<std::string>() + " " + kept.at(i)["path"].get<std::string>() + " " +
               std::to_string(kept.at(i)["status"].get<int>());
    };
    EXPECT_EQ(told(0), "anyone /sign-in 401");
    EXPECT_EQ(told(1), "admin /sign-in 303");
    EXPECT_EQ(told(2), "admin /sign-out 303");
    EXPECT_EQ(nlohmann::json(kept).dump().find("the-token"), std::string::npos);
    co_await edge.stop();
}

}  // namespace
}  // namespace web::testing
