#include <nlohmann/json.hpp>

#include "edge_world.hpp"

namespace web::testing {
namespace {

const std::string admin = "Authorization: Bearer the-token\r\n";

core::awaitable<answer> end_sessions(edge_under_test& edge, const std::string& fields) {
    return edge.ask_admin("DELETE /api/v1/users/u1/sessions HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
}

CO_TEST(user_admin, lists_users_by_what_is_asked) {
    edge_under_test edge;

    const auto all = co_await edge.ask_admin(get("/api/v1/users", admin));
    const auto all_asked = edge.accounts.last();
    co_await edge.ask_admin(get("/api/v1/users?search=a%25da&state=disabled&page=2&size=100", admin));

    EXPECT_EQ(all.status, 200);
    EXPECT_EQ(nlohmann::json::parse(all.body)["items"][0]["state"], "active");
    EXPECT_EQ(all_asked, R"(registration.search_users {"search":null,"state":null,"page":1,"size":10})");
    EXPECT_EQ(edge.accounts.last(),
              R"(registration.search_users {"search":"a%da","state":"disabled","page":2,"size":100})");
    EXPECT_EQ((co_await edge.ask_admin(get("/api/v1/users?size=0", admin))).status, 422);
    co_await edge.stop();
}

CO_TEST(user_admin, disables_enables_and_ends_sessions) {
    edge_under_test edge;

    const auto disabled = co_await edge.ask_admin(post("/api/v1/users/u1/disable", json_type, "", admin));
    const auto enabled = co_await edge.ask_admin(post("/api/v1/users/u1/enable", json_type, "", admin));
    const auto ended = co_await end_sessions(edge, admin);
    edge.accounts.trouble = core::error{core::error_kind::not_found, "There is no such user."};
    const auto none = co_await edge.ask_admin(post("/api/v1/users/u7/disable", json_type, "", admin));

    EXPECT_EQ(disabled.status, 204);
    EXPECT_EQ(enabled.status, 204);
    EXPECT_EQ(ended.status, 204);
    EXPECT_EQ(none.status, 404);
    EXPECT_EQ(edge.accounts.asked,
              (std::vector<std::string>{
                  R"(registration.disable_user {"user_id":"u1"})", R"(registration.enable_user {"user_id":"u1"})",
                  R"(registration.end_sessions {"user_id":"u1"})", R"(registration.disable_user {"user_id":"u7"})"}));
    co_await edge.stop();
}

CO_TEST(user_admin, S33_is_for_the_admin_on_the_admin_listener_alone) {
    edge_under_test edge;
    const std::string ada = "Authorization: Bearer ada-token\r\n";

    for (const auto& fields : {std::string{}, ada}) {
        EXPECT_EQ((co_await edge.ask_admin(get("/api/v1/users", fields))).status, 401);
        EXPECT_EQ((co_await edge.ask_admin(post("/api/v1/users/u1/disable", json_type, "", fields))).status, 401);
        EXPECT_EQ((co_await edge.ask_admin(post("/api/v1/users/u1/enable", json_type, "", fields))).status, 401);
        EXPECT_EQ((co_await end_sessions(edge, fields)).status, 401);
    }
    EXPECT_EQ((co_await edge.ask(get("/api/v1/users", admin))).status, 404);
    EXPECT_EQ((co_await edge.ask(post("/api/v1/users/u1/disable", json_type, "", admin))).status, 404);
    EXPECT_EQ((co_await edge.ask_admin(get("/account"))).status, 404);
    EXPECT_EQ((co_await edge.ask_admin(get("/api/v1/users/me", ada))).status, 404);
    EXPECT_EQ(edge.accounts.last(), "nothing");
    co_await edge.stop();
}

}  // namespace
}  // namespace web::testing
