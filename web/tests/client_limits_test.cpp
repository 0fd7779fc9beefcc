#include "client_limits.hpp"

#include <gtest/gtest.h>

#include <core/clock.hpp>

#include "edge_world.hpp"

namespace web {
namespace {

using namespace std::chrono_literals;
using testing::edge_under_test;

std::vector<core::ip_network> networks(std::initializer_list<const char*> texts) {
    std::vector<core::ip_network> all;
    for (const auto* text : texts) all.push_back(core::ip_network::parse(text).value());
    return all;
}

std::string client_of(std::string_view peer, std::vector<field> fields) {
    const proxies trusted{networks({"127.0.0.1", "10.0.0.0/8"})};
    request request;
    request.client = peer;
    request.fields = std::move(fields);
    trusted.look_behind(request);
    return std::string{request.client};
}

// S15
TEST(proxies, S15_only_a_trusted_one_says_who_the_client_is) {
    EXPECT_EQ(client_of("127.0.0.1", {{"X-Forwarded-For", "203.0.113.9"}}), "203.0.113.9");
    EXPECT_EQ(client_of("198.51.100.1", {{"X-Forwarded-For", "203.0.113.9"}}), "198.51.100.1");
    EXPECT_EQ(client_of("127.0.0.1", {}), "127.0.0.1");
}

TEST(proxies, S15_what_a_client_makes_up_stands_before_what_a_proxy_has_seen) {
    EXPECT_EQ(client_of("127.0.0.1", {{"X-Forwarded-For", "1.2.3.4, 203.0.113.9"}}), "203.0.113.9");
    EXPECT_EQ(client_of("127.0.0.1", {{"X-Forwarded-For", "1.2.3.4, 203.0.113.9, 10.1.1.1"}}), "203.0.113.9");
    EXPECT_EQ(client_of("127.0.0.1", {{"x-forwarded-for", "1.2.3.4"}, {"X-Forwarded-For", "203.0.113.9"}}),
              "203.0.113.9");
    EXPECT_EQ(client_of("127.0.0.1", {{"X-Forwarded-For", "203.0.113.9, nonsense"}}), "127.0.0.1");
    EXPECT_EQ(client_of("127.0.0.1", {{"X-Forwarded-For", ""}}), "127.0.0.1");
}

TEST(proxies, say_whether_the_client_came_over_tls) {
    const proxies trusted{networks({"127.0.0.1"})};
    for (const auto* peer : {"127.0.0.1", "198.51.100.1"}) {
        request request;
        request.client = peer;
        request.fields = {{"X-Forwarded-Proto", "https"}};
        trusted.look_behind(request);
        EXPECT_EQ(request.is_encrypted, std::string_view{peer} == "127.0.0.1");
    }
}

TEST(client_limits, S12_a_slash_64_of_ipv6_is_one_client) {
    core::manual_clock clock;
    client_limits limits{clock, std::nullopt, core::rate{2, 1min}};

    EXPECT_FALSE(limits.over_budget(budget::sign_ins, "2001:db8:1:2::1"));
    EXPECT_FALSE(limits.over_budget(budget::sign_ins, "2001:db8:1:2:ffff::1"));
    EXPECT_TRUE(limits.over_budget(budget::sign_ins, "2001:db8:1:2::3"));
    EXPECT_FALSE(limits.over_budget(budget::sign_ins, "2001:db8:1:3::1"));
    EXPECT_FALSE(limits.over_budget(budget::registrations, "2001:db8:1:2::1")) << "no limit";
    EXPECT_FALSE(limits.over_budget(budget::none, "2001:db8:1:2::1"));
}

// S12: refused before the module is asked, so before a password is hashed.
CO_TEST(edge_limits, S12_one_registration_too_many_is_refused_and_told_when_to_come_back) {
    edge_under_test edge{{.registrations_per_address = core::rate{2, 1min}}};
    const std::string body = R"({"name":"Ada","email":"ada@example.org","password":"correct horse battery"})";
    const auto registration = [&](const std::string& pretended) {
        return edge.ask(
            testing::post("/api/v1/registrations", testing::json_type, body, "X-Forwarded-For: " + pretended + "\r\n"));
    };
    EXPECT_EQ((co_await registration("203.0.113.1")).status, 202);
    EXPECT_EQ((co_await registration("203.0.113.2")).status, 202);

    const auto refused = co_await registration("203.0.113.3");

    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.header("retry-after"), "60");
    EXPECT_EQ(refused.header("ratelimit-policy"), "\"registrations\";q=2;w=60");
    EXPECT_EQ(refused.header("ratelimit"), "\"registrations\";r=0;t=60");
    EXPECT_EQ(edge.registration.registered.size(), 2U);
    co_await edge.stop();
}

// S12: what costs a hash or a mail is counted together, by API and by form.
CO_TEST(edge_limits, S12_one_sign_in_too_many_from_an_address_is_asked_of_no_module) {
    for (const auto* path : {"/api/v1/sessions", "/api/v1/password-resets", "/api/v1/password-resets/complete",
                             "/api/v1/confirmations/resend", "/login", "/forgot", "/reset", "/resend"}) {
        edge_under_test edge{{.sign_ins_per_address = core::rate{2, 1min}}};
        const auto sign_in = testing::post("/api/v1/sessions", testing::json_type, R"({"email":"a","password":"b"})");
        co_await edge.ask(sign_in);
        co_await edge.ask(sign_in);
        edge.accounts.asked.clear();

        const auto refused = co_await edge.ask(testing::post(path, testing::json_type, R"({"email":"a"})"));

        EXPECT_EQ(refused.status, 429) << path;
        EXPECT_EQ(refused.header("retry-after"), "60") << path;
        EXPECT_TRUE(edge.accounts.asked.empty()) << path;
        co_await edge.stop();
    }
}

}  // namespace
}  // namespace web
