#include <gtest/gtest.h>

#include <config/parse.hpp>

namespace config {
namespace {

using namespace std::chrono_literals;

TEST(parse_duration, takes_each_unit) {
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("30s"), 30s);
    EXPECT_EQ(parse_duration("5m"), 5min);
    EXPECT_EQ(parse_duration("12h"), 12h);
    EXPECT_EQ(parse_duration("7d"), 7 * 24h);
}

TEST(parse_duration, refuses_what_is_not_one_number_and_one_unit) {
    for (const char* text :
         {"", "5", "s", "-1s", "1.5s", " 5s", "5s ", "5 s", "5S", "1h30m", "99999999999999999999s", "4000d"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(parse_durations, takes_a_list_and_refuses_an_empty_item) {
    EXPECT_EQ(parse_durations("100ms,1s"), (std::vector<milliseconds>{100ms, 1s}));
    for (const char* text : {"", "1s,", ",1s", "1s, 2s", "1s;2s"}) EXPECT_FALSE(parse_durations(text)) << text;
}

TEST(parse_size, counts_in_powers_of_two_or_plain_bytes) {
    EXPECT_EQ(parse_size("512B"), 512u);
    EXPECT_EQ(parse_size("64KiB"), 65'536u);
    EXPECT_EQ(parse_size("1MiB"), 1'048'576u);
    EXPECT_EQ(parse_size("1024"), 1'024u);
    for (const char* text : {"", "KiB", "1KB", "1kib", "-1B", "1.5MiB", "9999999GiB"})
        EXPECT_FALSE(parse_size(text)) << text;
}

TEST(parse_rate, is_a_count_in_a_time_or_off) {
    EXPECT_EQ(parse_rate("20/1m").value(), (rate{.count = 20, .per = 1min}));
    EXPECT_EQ(parse_rate("off").value(), std::nullopt);
    for (const char* text : {"", "20", "20/", "/1m", "0/1m", "20/0s", "20/1", "20/m", "Off"})
        EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(parse_host_port, takes_names_and_addresses_of_both_families) {
    EXPECT_EQ(parse_host_port("127.0.0.1:8080"), (host_port{"127.0.0.1", 8080}));
    EXPECT_EQ(parse_host_port("[::1]:0"), (host_port{"::1", 0}));
    EXPECT_EQ(parse_host_port("localhost:65535"), (host_port{"localhost", 65535}));
    for (const char* text : {"", "8080", ":8080", "host", "host:", "host:65536", "host:-1", "::1:80", "[::1]",
                             "[::1]80", "[nonsense]:80", "a b:80", "http://host:80", "-a:80", "a..b:80"}) {
        EXPECT_FALSE(parse_host_port(text)) << text;
    }
}

TEST(is_loopback, is_false_for_an_address_that_others_can_reach) {
    for (const char* host : {"127.0.0.1", "127.9.9.9", "localhost", "::1"}) EXPECT_TRUE(is_loopback(host)) << host;
    for (const char* host : {"0.0.0.0", "::", "192.168.0.1", "127.example.org", "example.org"})
        EXPECT_FALSE(is_loopback(host)) << host;
}

TEST(parse_public_url, keeps_scheme_host_and_port) {
    EXPECT_EQ(parse_public_url("https://busbar.example.org"), "https://busbar.example.org");
    EXPECT_EQ(parse_public_url("http://[::1]:8080/"), "http://[::1]:8080");
    EXPECT_EQ(parse_public_url(""), "");
    for (const char* text : {"busbar.example.org", "ftp://x", "http://", "http:///", "https://x/path", "https://x?y",
                             "https://u@x", "https://x\r\n"}) {
        EXPECT_FALSE(parse_public_url(text)) << text;
    }
}

TEST(parse_collector_url, may_have_a_path_and_no_slash_at_its_end) {
    EXPECT_EQ(parse_collector_url("http://127.0.0.1:4318"), "http://127.0.0.1:4318");
    EXPECT_EQ(parse_collector_url("https://[::1]:4318/otlp/one//"), "https://[::1]:4318/otlp/one");
    EXPECT_EQ(parse_collector_url(""), "");
    for (const char* text : {"127.0.0.1:4318", "grpc://x", "http://", "http:///v1", "http://x?y", "http://u:p@x",
                             "http://x/a b", "http://x/\r\nHost: y", "http://x/#y"}) {
        EXPECT_FALSE(parse_collector_url(text)) << text;
    }
}

TEST(parse_share, is_from_nothing_to_all) {
    EXPECT_EQ(parse_share("0"), 0);
    EXPECT_EQ(parse_share("0.25"), 0.25);
    EXPECT_EQ(parse_share("1"), 1);
    for (const char* text : {"", "-0.1", "1.1", "10%", "nan", "inf", "0.5 "}) EXPECT_FALSE(parse_share(text)) << text;
}

TEST(parse_smtp_url, reads_server_and_account) {
    EXPECT_EQ(parse_smtp_url("capture:").value(), std::nullopt);
    EXPECT_EQ(parse_smtp_url("smtp://mail.example.org").value(),
              (smtp_server{.implicit_tls = false, .host = "mail.example.org", .port = 587}));
    EXPECT_EQ(parse_smtp_url("smtps://ada%40example.org:p%3Ass@[::1]:4650/").value(),
              (smtp_server{
                  .implicit_tls = true, .host = "::1", .port = 4650, .user = "ada@example.org", .password = "p:ss"}));
}

TEST(parse_smtp_url, refuses_what_is_no_server_or_could_end_a_command) {
    for (const char* text :
         {"", "capture", "smtp:", "smtp://", "http://host", "smtp://host:0", "smtp://host:x", "smtp://:pw@host",
          "smtp://u%0d%0aQUIT:p@host", "smtp://u:p%00@host", "smtp://u:p%4@host", "smtp://u:p%zz@host"}) {
        EXPECT_FALSE(parse_smtp_url(text)) << text;
    }
}

TEST(parse_smtp_server, takes_a_server_or_nothing) {
    EXPECT_FALSE(parse_smtp_server("").value());
    EXPECT_EQ(parse_smtp_server("smtp://host:25").value(), (smtp_server{.host = "host", .port = 25}));
    for (const char* text : {"capture:", "host"}) EXPECT_FALSE(parse_smtp_server(text)) << text;
}

TEST(parse_chaos, reads_shares_that_are_one_at_most) {
    EXPECT_FALSE(parse_chaos("").value());
    EXPECT_EQ(parse_chaos("defer=0.25,slow=.5,refuse=0").value(), (mail_chaos{.defer = 0.25, .slow = 0.5}));
    EXPECT_TRUE(parse_chaos("refuse=0.7,defer=0.1,drop=0.1,slow=0.1"));
    for (const char* text : {"defer", "defer=", "defer=x", "defer=-0.1", "defer=1.1", "defer=0.6,drop=0.5", "loss=0.1",
                             "drop=0.1,drop=0.1", "drop=nan", "drop=inf", "drop=0.1,", " drop=0.1", "drop=1e-1"})
        EXPECT_FALSE(parse_chaos(text)) << text;
}

TEST(parse_receivers, reads_them_as_they_are_compared) {
    EXPECT_TRUE(parse_receivers("").value().empty());
    EXPECT_EQ(parse_receivers("Ada@Example.ORG,@Müller.example,*").value(),
              (std::vector<std::string>{"ada@example.org", "@xn--mller-kva.example", "*"}));
    for (const char* text : {"ada", "example.org", "@", "a@example.org,", "**", "@a@b.example", "a@b c"})
        EXPECT_FALSE(parse_receivers(text)) << text;
}

TEST(parse_smtp_routes, reads_a_server_for_each_domain) {
    EXPECT_TRUE(parse_smtp_routes("").value().empty());
    const auto routes =
        parse_smtp_routes("Example.ORG=smtp://mail.example.org,.müller.example=smtps://u:p%2c@[::1]:4650");
    ASSERT_TRUE(routes.has_value()) << routes.error();
    ASSERT_EQ(routes->size(), 2U);
    EXPECT_EQ((*routes)[0], (smtp_route{"example.org", {.host = "mail.example.org", .port = 587}}));
    EXPECT_EQ((*routes)[1],
              (smtp_route{".xn--mller-kva.example",
                          {.implicit_tls = true, .host = "::1", .port = 4650, .user = "u", .password = "p,"}}));
}

TEST(parse_smtp_routes, refuses_what_is_no_route) {
    for (const char* text : {"example.org", "=smtp://host", "example.org=", "example.org=capture:", "a b=smtp://host",
                             "example.org=smtp://host,", "a@b=smtp://host", "..b=smtp://host",
                             "example.org=smtp://one,EXAMPLE.org=smtp://other"})
        EXPECT_FALSE(parse_smtp_routes(text)) << text;
}

const rabbitmq_server usual{
    .host = "localhost", .port = 5672, .user = "guest", .password = "guest", .virtual_host = "/"};

TEST(parse_bus_url, takes_what_is_left_out_from_the_usual) {
    EXPECT_EQ(parse_bus_url("memory:").value(), std::nullopt);
    EXPECT_EQ(parse_bus_url("amqp://localhost").value(), usual);
    EXPECT_EQ(parse_bus_url("amqp://localhost/").value(), usual);
    EXPECT_EQ(parse_bus_url("amqp://guest:guest@localhost:5672/%2f").value(), usual);
    auto with_tls = usual;
    with_tls.has_tls = true;
    with_tls.port = 5671;
    EXPECT_EQ(parse_bus_url("amqps://localhost").value(), with_tls);
    auto with_user = usual;
    with_user.user = "ada";
    EXPECT_EQ(parse_bus_url("amqp://ada@localhost").value(), with_user);
}

// The example of RabbitMQ's own description of its URIs, and an address of the other family.
TEST(parse_bus_url, decodes_every_part) {
    EXPECT_EQ(parse_bus_url("amqp://user%61:%61pass@ho%61st:10000/v%2fhost").value(),
              (rabbitmq_server{
                  .host = "hoast", .port = 10000, .user = "usera", .password = "apass", .virtual_host = "v/host"}));
    EXPECT_EQ(parse_bus_url("amqps://ada:p%40%3A%2f@[::1]:1/shop@home").value(),
              (rabbitmq_server{.has_tls = true,
                               .host = "::1",
                               .port = 1,
                               .user = "ada",
                               .password = "p@:/",
                               .virtual_host = "shop@home"}));
}

TEST(parse_bus_url, refuses_what_is_no_broker) {
    for (const char* text :
         {"", "memory", "kafka://x", "amqp:", "amqp://", "amqp:///", "amqp://host:0", "amqp://host:x",
          "amqp://:pw@host", "amqp://host/a/b", "amqp://host//", "amqp://host/a?heartbeat=5", "amqp://host/%zz",
          "amqp://u:%4@host", "amqp://[::1", "AMQP://host"}) {
        EXPECT_FALSE(parse_bus_url(text)) << text;
    }
    EXPECT_FALSE(parse_bus_url("amqp://host/" + std::string(256, 'v')));
}

TEST(parse_mailbox, takes_a_name_or_none) {
    EXPECT_EQ(parse_mailbox("Busbar <no-reply@localhost>").value().name, "Busbar");
    EXPECT_EQ(parse_mailbox("Busbar <no-reply@localhost>").value().address.canonical, "no-reply@localhost");
    EXPECT_EQ(parse_mailbox("a.b+c@example.org").value().name, "");
    for (const char* text : {"", "Busbar", "a@", "@b", "x <a@b> y", "a@b\r\nBcc: c@d", "<>"}) {
        EXPECT_FALSE(parse_mailbox(text)) << text;
    }
}

TEST(parse_modules, takes_each_known_name_once) {
    EXPECT_EQ(parse_modules("web,email"), (std::vector<std::string>{"web", "email"}));
    EXPECT_NE(parse_modules("web,emial").error().find("did you mean email?"), std::string::npos);
    for (const char* text : {"", "web,", "web,web", "web email"}) EXPECT_FALSE(parse_modules(text)) << text;
}

TEST(mask_password, hides_the_password_and_nothing_else) {
    EXPECT_EQ(mask_password("smtp://ada:secret@host:25"), "smtp://ada:***@host:25");
    EXPECT_EQ(mask_password("smtp://ada:se@cret@host"), "smtp://ada:***@host");
    EXPECT_EQ(mask_password("smtp://ada@host:25"), "smtp://ada@host:25");
    EXPECT_EQ(mask_password("smtp://host:25"), "smtp://host:25");
    EXPECT_EQ(mask_password("capture:"), "capture:");
}

}  // namespace
}  // namespace config
