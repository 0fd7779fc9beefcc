#include "world.hpp"

namespace web::testing {
namespace {

core::awaitable<response> who(request& request) {
    const auto name = request.session ? request.session->name : request.is_admin ? "the admin" : "nobody";
    co_return response{.content_type = content_type::text, .body = name};
}

// Knows one session, and which tokens it was asked about.
struct known_sessions {
    std::vector<std::string> asked;
    std::optional<core::error> trouble;

    core::awaitable<core::result<session>> find(std::string token, const request&) {
        asked.push_back(token);
        if (trouble) co_return std::unexpected{*trouble};
        if (token != "ada-token") co_return core::fail(core::error_kind::unauthenticated, "The session is over.");
        co_return session{.id = "s1", .user_id = "u1", .name = "Ada"};
    }
};

std::optional<core::error> trouble_of(const request& request) {
    if (request.header("x-csrf-token") == "good") return std::nullopt;
    return core::error{core::error_kind::denied, "The form is out of date."};
}

struct guarded_server {
    known_sessions sessions;
    server_under_test server{{},
                             {.is_admin_token = [](std::string_view token) { return token == "admin-token"; },
                              .find_session = std::bind_front(&known_sessions::find, &sessions),
                              .form_check = trouble_of}};

    guarded_server() {
        for (const auto* method : {"GET", "POST"}) {
            server.routes.add(method, "/api/v1/mine", who, {.who = access::user});
            server.routes.add(method, "/mine", who, {.who = access::user});
            server.routes.add(method, "/either", who, {.who = access::user_or_admin});
        }
        server.start();
    }
    core::awaitable<answer> read(std::string_view path, std::string_view fields = {}) {
        return server.ask(get(path, fields));
    }
    core::awaitable<answer> change(std::string_view path, std::string_view fields = {}) {
        return server.ask(post(path, "text/plain", "x", fields));
    }
};

const std::string by_cookie = "Cookie: __Host-busbar_session=ada-token\r\n";
const std::string by_bearer = "Authorization: Bearer ada-token\r\n";

CO_TEST(rights, what_is_for_users_is_found_by_bearer_and_by_cookie) {
    guarded_server guarded;

    EXPECT_EQ((co_await guarded.read("/api/v1/mine", by_bearer)).body, "Ada");
    EXPECT_EQ((co_await guarded.read("/api/v1/mine", by_cookie)).body, "Ada");
    EXPECT_EQ((co_await guarded.read("/mine", by_cookie)).body, "Ada");
    EXPECT_EQ(guarded.sessions.asked.size(), 3u);
    co_await guarded.server.stop();
}

CO_TEST(rights, without_a_session_a_program_gets_401_and_a_person_the_form) {
    guarded_server guarded;
    const std::string old = "Cookie: __Host-busbar_session=old\r\n";

    const auto program = co_await guarded.read("/api/v1/mine");
    const auto late_program = co_await guarded.read("/api/v1/mine", "Authorization: Bearer old\r\n");
    const auto person = co_await guarded.read("/mine?a=b&c=%20");
    const auto late_person = co_await guarded.read("/mine", old);
    const auto poster = co_await guarded.change("/mine");

    for (const auto* refused : {&program, &late_program}) {
        EXPECT_EQ(refused->status, 401);
        EXPECT_EQ(refused->header("www-authenticate"), "Bearer");
        EXPECT_EQ(refused->header("content-type"), "application/problem+json; charset=utf-8");
    }
    EXPECT_EQ(person.status, 303);
    EXPECT_EQ(person.header("location"), "/login?next=/mine%3Fa%3Db%26c%3D%2520");
    EXPECT_EQ(person.header("set-cookie"), "");
    EXPECT_EQ(late_person.header("location"), "/login?next=/mine");
    EXPECT_EQ(late_person.header("set-cookie"),
              "__Host-busbar_session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    EXPECT_EQ(poster.status, 303);
    EXPECT_EQ(poster.header("location"), "/login");
    co_await guarded.server.stop();
}

// A page of another site can make a browser send the cookie, but no Authorization.
CO_TEST(rights, S25_what_changes_something_by_cookie_needs_the_token_of_a_form) {
    guarded_server guarded;

    EXPECT_EQ((co_await guarded.change("/api/v1/mine", by_cookie)).status, 403);
    EXPECT_EQ((co_await guarded.change("/api/v1/mine", by_cookie + "X-CSRF-Token: bad\r\n")).status, 403);
    EXPECT_TRUE(guarded.sessions.asked.empty());
    EXPECT_EQ((co_await guarded.change("/api/v1/mine", by_cookie + "X-CSRF-Token: good\r\n")).body, "Ada");
    EXPECT_EQ((co_await guarded.change("/api/v1/mine", by_bearer)).body, "Ada");
    EXPECT_EQ((co_await guarded.change("/either", by_cookie)).status, 403);
    co_await guarded.server.stop();
}

CO_TEST(rights, S24_a_good_token_does_not_mend_a_foreign_origin) {
    guarded_server guarded;
    const auto good = by_cookie + "X-CSRF-Token: good\r\n";

    for (const auto* fields : {"Sec-Fetch-Site: same-site\r\n", "Sec-Fetch-Site: cross-site\r\n",
                               "Sec-Fetch-Site: none\r\n", "Origin: http://localhost:81\r\n", "Origin: null\r\n",
                               "Sec-Fetch-Site: same-site\r\nOrigin: http://localhost\r\n"})
        EXPECT_EQ((co_await guarded.change("/mine", good + fields)).status, 403) << fields;
    EXPECT_EQ((co_await guarded.change("/mine", good + "Sec-Fetch-Site: same-origin\r\n")).status, 200);
    EXPECT_EQ((co_await guarded.change("/mine", good + "Origin: http://localhost\r\n")).status, 200);
    co_await guarded.server.stop();
}

CO_TEST(rights, a_wrong_bearer_is_not_mended_by_a_good_cookie) {
    guarded_server guarded;

    EXPECT_EQ((co_await guarded.read("/api/v1/mine", by_cookie + "Authorization: Bearer old\r\n")).status, 401);
    EXPECT_EQ(guarded.sessions.asked, std::vector<std::string>{"old"});
    co_await guarded.server.stop();
}

CO_TEST(rights, the_admin_token_is_nobodys_session_and_leaves_the_process_for_no_module) {
    guarded_server guarded;
    const std::string admin = "Authorization: Bearer admin-token\r\n";

    EXPECT_EQ((co_await guarded.read("/api/v1/mine", admin)).status, 401);
    EXPECT_EQ((co_await guarded.read("/api/v1/mine", admin + by_cookie)).status, 401);
    EXPECT_EQ((co_await guarded.read("/either", admin)).body, "the admin");
    EXPECT_EQ((co_await guarded.change("/either", admin)).body, "the admin");
    EXPECT_TRUE(guarded.sessions.asked.empty());
    EXPECT_EQ((co_await guarded.read("/either", by_bearer)).body, "Ada");
    EXPECT_EQ((co_await guarded.read("/either")).status, 303);
    co_await guarded.server.stop();
}

CO_TEST(rights, what_can_be_no_token_is_asked_of_nobody) {
    guarded_server guarded;

    for (const auto& token : {std::string(257, 'a'), std::string{"a b"}, std::string{"\xff"}, std::string{"a\"b"}}) {
        EXPECT_EQ((co_await guarded.read("/api/v1/mine", "Authorization: Bearer " + token + "\r\n")).status, 401);
        EXPECT_EQ((co_await guarded.read("/api/v1/mine", "Cookie: __Host-busbar_session=" + token + "\r\n")).status,
                  401);
    }
    EXPECT_EQ(guarded.sessions.asked, std::vector<std::string>{});
    co_await guarded.server.stop();
}

CO_TEST(rights, when_sessions_cannot_be_asked_about_it_is_no_sign_out) {
    guarded_server guarded;
    guarded.sessions.trouble = core::error{core::error_kind::no_handler, "Nothing runs that answers this."};

    const auto page = co_await guarded.read("/mine", by_cookie);

    EXPECT_EQ(page.status, 503);
    EXPECT_EQ(page.header("retry-after"), "1");
    EXPECT_EQ(page.header("set-cookie"), "");
    co_await guarded.server.stop();
}

CO_TEST(rights, where_no_sessions_are_known_nobody_is_a_user) {
    server_under_test server{{}, {.is_admin_token = [](std::string_view token) { return token == "admin-token"; }}};
    server.routes.add("GET", "/either", who, {.who = access::user_or_admin});
    server.start();

    EXPECT_EQ((co_await server.ask(get("/either", by_bearer))).status, 303);
    EXPECT_EQ((co_await server.ask(get("/either", "Authorization: Bearer admin-token\r\n"))).body, "the admin");
    co_await server.stop();
}

}  // namespace
}  // namespace web::testing
