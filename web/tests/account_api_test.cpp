#include <nlohmann/json.hpp>

#include "browser.hpp"

namespace web::testing {
namespace {

// As Ada, or with other header fields.
struct account_client {
    edge_under_test& edge;
    std::string fields = "Authorization: Bearer ada-token\r\n";

    core::awaitable<answer> ask(std::string_view method, std::string_view path, std::string_view body = {}) {
        co_return co_await edge.ask(std::string{method} + " /api/v1/users/me" + std::string{path} +
                                    " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + fields +
                                    "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body});
    }
};

CO_TEST(account_api, tells_who_asks) {
    edge_under_test edge;
    account_client ada{edge};

    const auto answer = co_await ada.ask("GET", "");

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("cache-control"), "no-store");
    EXPECT_EQ(answer.body, bus::encode(edge.accounts.user));
    co_await edge.stop();
}

CO_TEST(account_api, changes_what_is_given_and_nothing_else) {
    edge_under_test edge;
    account_client ada{edge};

    const auto renamed = co_await ada.ask("PATCH", "", R"({"name":"Grace"})");
    const auto renamed_by = edge.accounts.last();
    const auto moved = co_await ada.ask("PATCH", "", R"({"email":"new@example.org"})");
    const auto moved_by = edge.accounts.last();
    const auto nothing = co_await ada.ask("PATCH", "", "{}");
    const auto foreign = co_await ada.ask("PATCH", "", R"({"name":"Grace","user_id":"u2","confirmed":true})");

    EXPECT_EQ(renamed.status, 200);
    EXPECT_EQ(renamed.body, bus::encode(edge.accounts.user));
    EXPECT_EQ(renamed_by, R"(registration.update_user {"user_id":"u1","name":"Grace","email":null})");
    EXPECT_EQ(moved.status, 200);
    EXPECT_EQ(moved_by, R"(registration.update_user {"user_id":"u1","name":null,"email":"new@example.org"})");
    EXPECT_EQ(nothing.status, 200);
    EXPECT_EQ(foreign.status, 422);
    EXPECT_EQ(nlohmann::json::parse(foreign.body)["errors"].size(), 2u) << foreign.body;
    co_await edge.stop();
}

CO_TEST(account_api, S07_a_password_is_changed_with_the_current_one) {
    edge_under_test edge;
    account_client ada{edge};
    const std::string body = R"({"current_password":"old words","new_password":"new words"})";

    const auto changed = co_await ada.ask("PUT", "/password", body);
    const auto changed_by = edge.accounts.last();
    edge.accounts.trouble = core::invalid({{"current_password", "is not right"}}).error();
    const auto refused = co_await ada.ask("PUT", "/password", body);

    EXPECT_EQ(changed.status, 204);
    EXPECT_EQ(changed.header("set-cookie"), "");
    EXPECT_EQ(changed_by,
              R"(registration.change_password {"user_id":"u1","session_id":"s1","current_password":"old words",)"
              R"("new_password":"new words","renews_token":false})");
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(nlohmann::json::parse(refused.body)["errors"][0]["field"], "current_password");
    EXPECT_EQ((co_await ada.ask("PUT", "/password", R"({"new_password":"new words"})")).status, 422);
    co_await edge.stop();
}

CO_TEST(account_api, S07_by_cookie_the_session_goes_on_under_a_new_token) {
    edge_under_test edge;
    browser person{edge};
    person.sign_in();
    co_await person.open("/account");
    account_client script{edge, person.fields() + "X-CSRF-Token: " + person.token + "\r\n"};

    const auto changed = co_await script.ask("PUT", "/password", R"({"current_password":"old","new_password":"new"})");

    EXPECT_EQ(changed.status, 204);
    EXPECT_EQ(set_cookie_of(changed, "__Host-busbar_session"),
              "__Host-busbar_session=renewed-token; Path=/; Secure; HttpOnly; SameSite=Lax");
    EXPECT_NE(edge.accounts.last().find(R"("renews_token":true)"), std::string::npos);
    co_await edge.stop();
}

CO_TEST(account_api, deletes_the_account_with_the_password) {
    edge_under_test edge;
    account_client ada{edge};

    const auto without = co_await ada.ask("DELETE", "", "{}");
    const auto removed = co_await ada.ask("DELETE", "", R"({"password":"four words"})");
    const auto removed_by = edge.accounts.last();
    edge.accounts.trouble = core::error{core::error_kind::limited, "Too often.", {}, {}, std::chrono::seconds{9}};
    const auto limited = co_await ada.ask("DELETE", "", R"({"password":"four words"})");

    EXPECT_EQ(without.status, 422);
    EXPECT_EQ(removed.status, 204);
    EXPECT_EQ(removed_by, R"(registration.delete_user {"user_id":"u1","password":"four words"})");
    EXPECT_EQ(limited.status, 429);
    EXPECT_EQ(limited.header("retry-after"), "9");
    co_await edge.stop();
}

CO_TEST(account_api, S22_lists_the_own_sessions_and_ends_them) {
    edge_under_test edge;
    account_client ada{edge};

    const auto list = co_await ada.ask("GET", "/sessions");
    const auto listed_by = edge.accounts.last();
    const auto ended = co_await ada.ask("DELETE", "/sessions/s2");
    const auto ended_by = edge.accounts.last();
    edge.accounts.trouble = core::error{core::error_kind::not_found, "There is no such session."};
    const auto none = co_await ada.ask("DELETE", "/sessions/s7");

    EXPECT_EQ(list.status, 200);
    const auto items = nlohmann::json::parse(list.body)["items"];
    EXPECT_EQ(items.size(), 2u);
    EXPECT_EQ(items[0]["current"], true);
    EXPECT_EQ(listed_by, R"(registration.list_sessions {"user_id":"u1","session_id":"s1"})");
    EXPECT_EQ(ended.status, 204);
    EXPECT_EQ(ended_by, R"(registration.end_session {"user_id":"u1","session_id":"s2"})");
    EXPECT_EQ(none.status, 404);
    co_await edge.stop();
}

CO_TEST(account_api, S33_is_for_users_alone) {
    edge_under_test edge;

    for (const std::string fields : {"", "Authorization: Bearer the-token\r\n", "Authorization: Bearer old\r\n"}) {
        account_client nobody{edge, fields};
        for (const auto* method : {"GET", "PATCH", "DELETE"})
            EXPECT_EQ((co_await nobody.ask(method, "", R"({"password":"x"})")).status, 401) << method;
        EXPECT_EQ((co_await nobody.ask("PUT", "/password", "{}")).status, 401);
        EXPECT_EQ((co_await nobody.ask("GET", "/sessions")).status, 401);
        EXPECT_EQ((co_await nobody.ask("DELETE", "/sessions/s1")).status, 401);
    }
    co_await edge.stop();
}

}  // namespace
}  // namespace web::testing
