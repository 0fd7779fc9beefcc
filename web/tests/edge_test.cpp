#include <sodium.h>

#include <core/exit.hpp>
#include <nlohmann/json.hpp>
#include <product/messages.hpp>
#include <registration/messages.hpp>
#include <web/edge.hpp>

#include "scripted_bus.hpp"
#include "world.hpp"

namespace web::testing {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";
constexpr std::string_view json_type = "application/json";

// What the module registration would say.
struct scripted_registration {
    std::vector<registration::register_user> registered;
    std::vector<std::string> confirmed;
    std::optional<core::error> trouble;

    core::awaitable<core::result<registration::registration_pending>> add(registration::register_user user, bus::call) {
        registered.push_back(user);
        if (trouble) co_return std::unexpected{*trouble};
        co_return registration::registration_pending{.email = user.email};
    }
    core::awaitable<core::result<bus::done>> confirm(registration::confirm message, bus::call) {
        if (message.token != "good") co_return core::fail(core::error_kind::gone, "The link is used up.");
        confirmed.push_back(message.token);
        co_return bus::done{};
    }
};

core::awaitable<core::result<product::product_view>> get_product(product::get_product wanted, bus::call) {
    if (wanted.id != "p1") co_return core::fail(core::error_kind::not_found, "There is no such product.");
    co_return product::product_view{.id = "p1", .name = "Lamp", .description = "", .price = "9.90", .version = 3};
}

core::awaitable<core::result<product::product_view>> create_product(product::create_product wanted, bus::call) {
    co_return product::product_view{
        .id = "p2", .name = wanted.name, .description = wanted.description, .price = "1.00"};
}

struct edge_under_test {
    explicit edge_under_test(edge_settings settings = {})
        : edge{{.loop = harness::loop(),
                .clock = world.clock,
                .log = world.runtime.log_for("web"),
                .bus = bus,
                .admin_token = [] { return std::string{"the-token"}; },
                .failing = [this] { return failing; }},
               with_ports(std::move(settings))} {
        bus.answer<registration::register_user>(std::bind_front(&scripted_registration::add, &registration));
        bus.answer<registration::confirm>(std::bind_front(&scripted_registration::confirm, &registration));
        bus.answer<product::get_product>(get_product);
        bus.answer<product::create_product>(create_product);
        edge.listen();
        edge.start();
    }

    static edge_settings with_ports(edge_settings settings) {
        if (sodium_init() < 0) ADD_FAILURE() << "no random numbers";
        settings.http = listen_address{"127.0.0.1", 0};
        settings.admin = {"127.0.0.1", 0};
        settings.modules = {"registration", "product"};
        return settings;
    }
    static std::uint16_t port_of(const std::string& address) {
        return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    }

    core::awaitable<answer> ask(std::string bytes) { return exchange(port_of(edge.http_address()), std::move(bytes)); }
    core::awaitable<answer> ask_admin(std::string bytes) {
        return exchange(port_of(edge.admin_address()), std::move(bytes));
    }
    core::awaitable<void> stop() { return edge.stop(world.clock.monotonic()); }

    harness::world world;
    scripted_bus bus;
    scripted_registration registration;
    std::vector<failing_part> failing;
    web::edge edge;
};

std::string between(const std::string& text, const std::string& before, const std::string& after) {
    const auto begin = text.find(before);
    if (begin == std::string::npos) return {};
    const auto start = begin + before.size();
    return text.substr(start, text.find(after, start) - start);
}

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

CO_TEST(edge, a_good_form_registers_and_leads_on) {
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

CO_TEST(edge, a_bad_form_comes_back_with_all_but_the_password) {
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

CO_TEST(edge, an_overloaded_module_leaves_the_form_as_it_was) {
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

CO_TEST(edge, a_form_without_its_token_or_with_a_foreign_one_is_refused) {
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

CO_TEST(edge, the_form_cookie_is_for_this_host_alone_and_is_kept) {
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

CO_TEST(edge, only_the_post_of_the_button_confirms) {
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
         {"/api/v1/emails", "/api/v1/emails/1", "/api/v1/emails/1/raw", "/api/v1/logs", "/metrics", "/docs"}) {
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

CO_TEST(edge, every_page_carries_the_security_headers) {
    edge_under_test edge;
    const std::string browser = "Accept: text/html\r\n";

    for (const auto* path : {"/", "/register", "/registered", "/confirm?token=a", "/login", "/none"}) {
        const auto page = co_await edge.ask(get(path, browser));
        EXPECT_TRUE(page.header("content-security-policy")
                        .starts_with("default-src 'none'; script-src 'self'; style-src 'self'"))
            << path;
        EXPECT_EQ(page.header("x-content-type-options"), "nosniff") << path;
        EXPECT_EQ(page.header("cross-origin-opener-policy"), "same-origin") << path;
        EXPECT_EQ(page.header("cross-origin-resource-policy"), "same-origin") << path;
        EXPECT_NE(page.header("permissions-policy"), "") << path;
        EXPECT_NE(page.header("referrer-policy"), "") << path;
        EXPECT_EQ(page.header("server"), "busbar") << path;
        EXPECT_EQ(page.header("x-xss-protection"), "") << path;
        EXPECT_EQ(page.body.find("style=\""), std::string::npos) << path;
        EXPECT_EQ(page.body.find("onclick"), std::string::npos) << path;
    }
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
            const edge edge{{harness::loop(), world.clock, world.runtime.log_for("web"), bus, {}},
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
