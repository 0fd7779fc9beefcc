#include <nlohmann/json.hpp>

#include "browser.hpp"

namespace web::testing {
namespace {

const std::string ada = R"({"email":"ada@example.org","password":"four unrelated words"})";
const core::error wrong{core::error_kind::unauthenticated, "The address or the password is not right."};
const core::error unconfirmed{
    core::error_kind::denied, "The address is not confirmed yet.", {}, "confirmation-required"};
const core::error too_often{core::error_kind::limited, "That was tried too often.", {}, {}, std::chrono::seconds{42}};

CO_TEST(sessions, the_api_answers_with_a_token_and_sets_no_cookie) {
    edge_under_test edge;

    const auto answer =
        co_await edge.ask(post("/api/v1/sessions", json_type, ada, "User-Agent: curl/7.88.1 extra\r\n"));

    EXPECT_EQ(answer.status, 201);
    const auto body = nlohmann::json::parse(answer.body);
    EXPECT_EQ(body["token"], "fresh-token");
    EXPECT_EQ(body["user"]["email"], "ada@example.org");
    EXPECT_TRUE(body.contains("expires_at"));
    EXPECT_EQ(answer.header("set-cookie"), "");
    EXPECT_EQ(answer.header("cache-control"), "no-store");
    EXPECT_EQ(edge.accounts.last(),
              R"(registration.sign_in {"email":"ada@example.org","password":"four unrelated words",)"
              R"("client":"curl/7.88.1, 127.0.0.1"})");
    co_await edge.stop();
}

CO_TEST(sessions, the_api_tells_what_is_wrong_by_status_and_type) {
    edge_under_test edge;
    const auto sign_in = [&](core::error trouble) {
        edge.accounts.trouble = std::move(trouble);
        return edge.ask(post("/api/v1/sessions", json_type, ada));
    };

    const auto refused = co_await sign_in(wrong);
    const auto waiting = co_await sign_in(unconfirmed);
    const auto limited = co_await sign_in(too_often);
    const auto unknown = co_await edge.ask(
        post("/api/v1/sessions", json_type, R"({"email":"a","password":"b","client":"me","user_id":"u2"})"));

    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.header("www-authenticate"), "Bearer");
    EXPECT_EQ(waiting.status, 403);
    EXPECT_EQ(nlohmann::json::parse(waiting.body)["type"], "/problems/confirmation-required");
    EXPECT_EQ(limited.status, 429);
    EXPECT_EQ(limited.header("retry-after"), "42");
    EXPECT_EQ(unknown.status, 422);
    EXPECT_EQ(nlohmann::json::parse(unknown.body)["errors"].size(), 2u) << unknown.body;
    co_await edge.stop();
}

CO_TEST(sessions, the_api_ends_the_one_that_asks) {
    edge_under_test edge;

    const auto ended = co_await edge.ask(
        "DELETE /api/v1/sessions/current HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ada-token\r\n\r\n");

    EXPECT_EQ(ended.status, 204);
    EXPECT_EQ(edge.accounts.last(), R"(registration.end_session {"user_id":"u1","session_id":"s1"})");
    EXPECT_EQ((co_await edge.ask("DELETE /api/v1/sessions/current HTTP/1.1\r\nHost: localhost\r\n\r\n")).status, 401);
    co_await edge.stop();
}

}  // namespace
}  // namespace web::testing
