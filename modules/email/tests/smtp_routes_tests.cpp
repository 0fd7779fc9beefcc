#include <gtest/gtest.h>

#include "smtp_routes.hpp"

using email::smtp_routes;
using email::smtp_server;

namespace {

const smtp_server main_server{.host = "mail.example.org", .port = 587, .user = "busbar", .password = "secret"};
const smtp_server near{.host = "127.0.0.1", .port = 25};
const smtp_server far{.implicit_tls = true, .host = "far.example.net", .port = 465};

}  // namespace

TEST(smtp_routes, lead_to_the_server_of_the_domain_or_to_that_for_all) {
    const smtp_routes routes{
        {.server = main_server, .routes = {{"example.net", near}, {".example.net", far}, {".deep.example.net", near}}}};

    EXPECT_EQ(routes.of("ada@example.org"), "smtp://mail.example.org:587 as busbar");
    EXPECT_EQ(routes.of("ada@example.net"), "smtp://127.0.0.1:25");
    EXPECT_EQ(routes.of("ada@mx.example.net"), "smtps://far.example.net:465");
    EXPECT_EQ(routes.of("ada@very.deep.example.net"), "smtp://127.0.0.1:25");
    EXPECT_EQ(routes.of("\"a@example.net\"@example.org"), "smtp://mail.example.org:587 as busbar");
    EXPECT_EQ(routes.of("ada@notexample.net"), "smtp://mail.example.org:587 as busbar");
    EXPECT_EQ(routes.servers().size(), 3U);
}

TEST(smtp_routes, lead_released_mails_to_those_alone_who_are_allowed) {
    const smtp_routes routes{{.routes = {{"near.example", near}},
                              .release_server = far,
                              .release_to = {"ada@example.org", "@near.example"}}};

    EXPECT_EQ(routes.of("ada@example.org"), "");
    EXPECT_EQ(routes.of_released("ada@example.org"), "smtps://far.example.net:465");
    EXPECT_EQ(routes.of_released("bob@near.example"), "smtp://127.0.0.1:25");
    EXPECT_EQ(routes.of_released("bob@example.org"), "");
    EXPECT_FALSE(routes.may_release_to("bob@sub.near.example"));
    EXPECT_TRUE(smtp_routes{email::settings{.release_to = {"*"}}}.may_release_to("bob@example.org"));
    EXPECT_EQ(routes.servers().size(), 2U);
}

TEST(smtp_routes, keep_here_what_has_none) {
    const smtp_routes routes{{.routes = {{"example.net", near}}}};

    EXPECT_EQ(routes.of("ada@example.org"), "");
    EXPECT_EQ(routes.of("ada@example.net"), "smtp://127.0.0.1:25");
    EXPECT_TRUE(smtp_routes{email::settings{}}.servers().empty());
}
