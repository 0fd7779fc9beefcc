#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "scripted_smtp_server.hpp"
#include "smtp_client.hpp"

namespace {

using namespace std::chrono_literals;
using email::scripted_smtp_server;
using email::smtp_stage;
using reply = std::optional<std::string>;

const email::envelope one_receiver{.from = "no-reply@localhost", .to = {"ada@example.org"}};
constexpr auto message = "Subject: x\r\n\r\nhello\r\n";

// Replies `text` to the first line that starts with `command`, always.
scripted_smtp_server::script when(const std::string& command, const std::string& text) {
    return [command, text](std::size_t, const std::string& line) {
        return line.starts_with(command) ? reply{text} : std::nullopt;
    };
}

struct client_of {
    explicit client_of(const scripted_smtp_server& server)
        : settings{.server = email::smtp_server{.host = "127.0.0.1", .port = server.port()}, .send_timeout = 5s} {}
    email::settings settings;
    std::atomic<bool> abort{false};
    core::metrics metrics;
    email::smtp_client client{settings, *settings.server, abort, metrics};
};

bool has_line(const scripted_smtp_server& server, const std::string& start) {
    return std::ranges::any_of(server.lines(), [&](const std::string& line) { return line.starts_with(start); });
}

}  // namespace

TEST(smtp_client, hands_over_a_mail) {
    scripted_smtp_server server;
    client_of world{server};

    const auto attempt = world.client.send(one_receiver, message, {});

    EXPECT_TRUE(attempt.accepted);
    ASSERT_EQ(server.mails().size(), 1U);
    EXPECT_TRUE(server.mails()[0].from.starts_with("<no-reply@localhost>"));
    EXPECT_EQ(server.mails()[0].to, std::vector<std::string>{"<ada@example.org>"});
    EXPECT_EQ(server.mails()[0].data, message);
}

TEST(smtp_client, keeps_its_connection_from_mail_to_mail) {
    scripted_smtp_server server;
    client_of world{server};

    for (int i = 0; i < 5; ++i) EXPECT_TRUE(world.client.send(one_receiver, message, {}).accepted);

    EXPECT_EQ(server.mails().size(), 5U);
    EXPECT_EQ(server.connections(), 1U);
}

TEST(smtp_client, asks_once_whether_the_content_may_go_out_when_all_receivers_are_named) {
    scripted_smtp_server server{when("RCPT TO:<bob", "550 5.1.1 nobody here\r\n")};
    client_of world{server};
    std::vector<std::string> before;

    const auto attempt =
        world.client.send({.from = "no-reply@localhost", .to = {"bob@example.org", "ada@example.org"}}, message, [&] {
            before = server.lines();
            return true;
        });

    EXPECT_TRUE(attempt.accepted);
    ASSERT_FALSE(before.empty());
    EXPECT_EQ(before.back(), "RCPT TO:<ada@example.org>");
}

TEST(smtp_client, says_no_data_when_the_content_may_not_go_out) {
    scripted_smtp_server server;
    client_of world{server};
    EXPECT_TRUE(world.client.send(one_receiver, message, {}).accepted);

    const auto attempt = world.client.send(one_receiver, message, [] { return false; });

    EXPECT_FALSE(attempt.accepted);
    EXPECT_TRUE(attempt.interrupted);
    EXPECT_EQ(std::ranges::count(server.lines(), "DATA"), 1);
    EXPECT_TRUE(world.client.send(one_receiver, message, {}).accepted) << "on a connection of its own";
    EXPECT_EQ(server.mails().size(), 2U);
}

TEST(smtp_client, stuffs_dots_so_that_no_body_ends_the_message) {
    scripted_smtp_server server;
    client_of world{server};
    const std::string hostile =
        "Subject: x\r\n\r\n.\r\n..\r\n.\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<x@example.org>\r\n.x\r\n";

    EXPECT_TRUE(world.client.send(one_receiver, hostile, {}).accepted);
    EXPECT_TRUE(world.client.send(one_receiver, message, {}).accepted);

    ASSERT_EQ(server.mails().size(), 2U);
    EXPECT_EQ(server.mails()[0].data, hostile);
    EXPECT_EQ(server.mails()[0].to.size(), 1U);
}

TEST(smtp_client, reports_stage_code_and_text_of_each_refusal) {
    struct row {
        std::string command;
        smtp_stage stage;
    };
    for (const auto& [command, stage] :
         {row{"CONNECT", smtp_stage::connecting}, row{"MAIL", smtp_stage::sender}, row{"RCPT", smtp_stage::recipients},
          row{"DATA", smtp_stage::content}, row{"MESSAGE", smtp_stage::content}})
        for (const int code : {421, 450, 550, 554}) {
            scripted_smtp_server server{when(command, std::to_string(code) + " 9.9.9 not today\r\n")};
            client_of world{server};

            const auto attempt = world.client.send(one_receiver, message, {});

            EXPECT_FALSE(attempt.accepted) << command << code;
            EXPECT_EQ(attempt.stage, stage) << command << code;
            EXPECT_EQ(attempt.reply_code, code) << command;
            EXPECT_EQ(attempt.reply, std::to_string(code) + " 9.9.9 not today") << command;
            EXPECT_TRUE(server.mails().empty());
        }
}

TEST(smtp_client, joins_the_lines_of_a_long_reply) {
    scripted_smtp_server server{when("RCPT", "550-5.1.1 no such user\r\n550 5.1.1 see https://example.org\r\n")};
    client_of world{server};

    EXPECT_EQ(world.client.send(one_receiver, message, {}).reply,
              "550-5.1.1 no such user 550 5.1.1 see https://example.org");
}

TEST(smtp_client, is_not_accepted_when_the_server_goes_away_at_any_stage) {
    for (const std::string command : {"CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "MESSAGE"}) {
        scripted_smtp_server server{when(command, "")};
        client_of world{server};

        const auto attempt = world.client.send(one_receiver, message, {});

        EXPECT_FALSE(attempt.accepted) << command;
        EXPECT_LT(attempt.reply_code, 400) << command;
        EXPECT_TRUE(attempt.reply.starts_with("the server closed the connection without a reply")) << attempt.reply;
    }
}

TEST(smtp_client, throws_the_connection_away_after_an_error) {
    scripted_smtp_server server{[](std::size_t connection, const std::string& line) {
        return connection == 1 && line.starts_with("RCPT") ? reply{"450 later\r\n"} : std::nullopt;
    }};
    client_of world{server};

    EXPECT_FALSE(world.client.send(one_receiver, message, {}).accepted);
    EXPECT_TRUE(world.client.send(one_receiver, message, {}).accepted);

    EXPECT_EQ(server.connections(), 2U);
}

TEST(smtp_client, sends_once_more_when_a_kept_connection_turns_out_to_be_closed) {
    for (const std::string last_word : {"", "421 4.4.2 idle for too long\r\n"}) {
        std::atomic<int> mails = 0;
        scripted_smtp_server server{[&](std::size_t connection, const std::string& line) {
            return connection == 1 && line.starts_with("MAIL") && ++mails == 2 ? reply{last_word} : std::nullopt;
        }};
        client_of world{server};

        EXPECT_TRUE(world.client.send(one_receiver, message, {}).accepted);
        EXPECT_TRUE(world.client.send(one_receiver, message, {}).accepted);

        EXPECT_EQ(server.mails().size(), 2U);
        EXPECT_EQ(server.connections(), 2U);
    }
}

TEST(smtp_client, says_that_nobody_listens) {
    std::uint16_t port = 0;
    {
        port = scripted_smtp_server{}.port();
    }
    email::settings settings;
    settings.server = email::smtp_server{.host = "127.0.0.1", .port = port};
    const std::atomic<bool> abort{false};
    core::metrics metrics;
    email::smtp_client client{settings, *settings.server, abort, metrics};

    const auto attempt = client.send(one_receiver, message, {});

    EXPECT_FALSE(attempt.accepted);
    EXPECT_EQ(attempt.stage, smtp_stage::connecting);
    EXPECT_EQ(attempt.reply_code, 0);
    EXPECT_NE(attempt.reply.find("Connection refused"), std::string::npos) << attempt.reply;
    EXPECT_EQ(attempt.transcript, "! " + attempt.reply + "\n");
}

TEST(smtp_client, gives_up_on_a_server_that_says_nothing) {
    std::atomic<bool> over{false};
    scripted_smtp_server server{[&](std::size_t, const std::string& line) -> reply {
        if (line != "CONNECT") return std::nullopt;
        over.wait(false);
        return "";
    }};
    client_of world{server};
    world.settings.send_timeout = 100ms;

    const auto attempt = world.client.send(one_receiver, message, {});

    EXPECT_FALSE(attempt.accepted);
    EXPECT_FALSE(attempt.interrupted);
    over = true;
    over.notify_all();
}

TEST(smtp_client, S40_gives_up_on_a_server_whose_reply_comes_byte_by_byte) {
    namespace asio = boost::asio;
    asio::io_context context;
    asio::ip::tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
    std::jthread server{[&] {
        auto client = acceptor.accept();
        boost::system::error_code gone;
        while (!gone) {
            client.write_some(asio::buffer("2", 1), gone);
            std::this_thread::sleep_for(10ms);
        }
    }};
    email::settings settings{.server =
                                 email::smtp_server{.host = "127.0.0.1", .port = acceptor.local_endpoint().port()}};
    settings.command_timeout = 1s;  // the shortest that libcurl knows
    const std::atomic<bool> abort{false};
    core::metrics metrics;
    email::smtp_client client{settings, *settings.server, abort, metrics};

    const auto attempt = client.send(one_receiver, message, {});

    EXPECT_FALSE(attempt.accepted);
    EXPECT_EQ(attempt.reply_code, 0);
    EXPECT_EQ(email::judge(attempt), email::verdict::host);
}

TEST(smtp_client, is_broken_off_by_the_flag) {
    std::atomic<bool> over{false};
    std::optional<client_of> world;
    scripted_smtp_server server{[&](std::size_t, const std::string& line) -> reply {
        if (!line.starts_with("RCPT")) return std::nullopt;
        world->abort = true;
        over.wait(false);
        return "";
    }};
    world.emplace(server);

    const auto attempt = world->client.send(one_receiver, message, {});

    EXPECT_TRUE(attempt.interrupted);
    EXPECT_FALSE(attempt.accepted);
    over = true;
    over.notify_all();
}

TEST(smtp_client, ends_with_a_server_whose_greeting_does_not_end) {
    std::string endless;
    for (int i = 0; i < 1000; ++i) endless += "220-more and more\r\n";
    scripted_smtp_server server{when("CONNECT", endless)};
    client_of world{server};

    const auto attempt = world.client.send(one_receiver, message, {});

    EXPECT_FALSE(attempt.accepted);
    EXPECT_EQ(attempt.reply, "the server sent a reply longer than any needs to be");
}

TEST(smtp_client, signs_in_when_the_settings_have_an_account) {
    scripted_smtp_server server{{}, {"AUTH PLAIN"}};
    client_of world{server};
    world.settings.server->user = "busbar";
    world.settings.server->password = "secret";

    EXPECT_TRUE(world.client.send(one_receiver, message, {}).accepted);
    EXPECT_TRUE(has_line(server, "AUTH PLAIN"));
}

TEST(smtp_client, writes_the_conversation_down_without_content_and_credentials) {
    scripted_smtp_server server{when("RCPT", "451 4.3.0 \x1b[31mlater\r\n"), {"AUTH PLAIN"}};
    client_of world{server};
    world.settings.server->user = "busbar";
    world.settings.server->password = "secret";

    const auto deferred = world.client.send(one_receiver, message, {});
    server.set_script({});
    const auto sent = world.client.send(one_receiver, message, {});

    for (const auto& text : {deferred.transcript, sent.transcript}) {
        EXPECT_TRUE(text.starts_with("< 220 ")) << text;
        EXPECT_NE(text.find("\n> AUTH PLAIN ***\n"), std::string::npos) << text;
        EXPECT_NE(text.find("\n> ***\n"), std::string::npos) << "the answer to the challenge: " << text;
        EXPECT_NE(text.find("\n> RCPT TO:<ada@example.org>\n"), std::string::npos) << text;
        for (const auto* hidden : {"secret", "AGJ1c2JhcgBzZWNyZXQ=", "Subject"})
            EXPECT_EQ(text.find(hidden), std::string::npos) << text;
    }
    EXPECT_NE(deferred.transcript.find("\n< 451 4.3.0 ?[31mlater\n"), std::string::npos) << deferred.transcript;
    EXPECT_NE(sent.transcript.find("\n> (the message, " + std::to_string(std::string_view{message}.size()) +
                                   " bytes)\n< 250"),
              std::string::npos)
        << sent.transcript;
}

TEST(smtp_client, tells_a_refused_password_from_a_refused_mail) {
    scripted_smtp_server server{when("AUTH", "535 5.7.8 wrong password\r\n"), {"AUTH PLAIN"}};
    client_of world{server};
    world.settings.server->user = "busbar";
    world.settings.server->password = "secret";

    const auto attempt = world.client.send(one_receiver, message, {});

    EXPECT_EQ(attempt.stage, smtp_stage::signing_in);
    EXPECT_EQ(email::judge(attempt), email::verdict::host);
    EXPECT_FALSE(has_line(server, "MAIL"));
}

TEST(smtp_client, sends_nothing_without_starttls_to_a_host_that_is_not_loopback) {
    scripted_smtp_server server{{}, {"AUTH PLAIN"}};
    client_of world{server};
    // The same machine by a name that the rule does not know as loopback.
    world.settings.server->host = "::ffff:127.0.0.1";
    world.settings.server->user = "busbar";
    world.settings.server->password = "secret";

    const auto attempt = world.client.send(one_receiver, message, {});

    EXPECT_FALSE(attempt.accepted);
    EXPECT_NE(attempt.reply.find("STARTTLS"), std::string::npos) << attempt.reply;
    EXPECT_EQ(email::judge(attempt), email::verdict::host);
    EXPECT_FALSE(has_line(server, "AUTH"));
    EXPECT_FALSE(has_line(server, "MAIL"));
}

TEST(smtp_client, takes_starttls_on_loopback_when_it_is_offered_and_does_not_go_on_in_clear_when_it_fails) {
    scripted_smtp_server server{when("STARTTLS", "220 go ahead\r\n"), {"STARTTLS"}};
    client_of world{server};
    world.settings.send_timeout = 300ms;  // the server waits for a line, the client for a TLS record

    const auto attempt = world.client.send(one_receiver, message, {});

    EXPECT_FALSE(attempt.accepted);
    EXPECT_EQ(attempt.stage, smtp_stage::securing);
    EXPECT_FALSE(has_line(server, "MAIL"));
}

TEST(smtp_client, asks_for_smtputf8_only_when_an_address_needs_it) {
    scripted_smtp_server server{{}, {"SMTPUTF8"}};
    client_of world{server};

    EXPECT_TRUE(world.client.send(one_receiver, message, {}).accepted);
    EXPECT_TRUE(world.client.send({.from = "no-reply@localhost", .to = {"jörg@example.org"}}, message, {}).accepted);

    ASSERT_EQ(server.mails().size(), 2U);
    EXPECT_EQ(server.mails()[0].from.find("SMTPUTF8"), std::string::npos);
    EXPECT_NE(server.mails()[1].from.find("SMTPUTF8"), std::string::npos);
}

TEST(smtp_client, does_not_say_a_utf8_address_to_a_server_that_cannot_take_it) {
    scripted_smtp_server server;
    client_of world{server};

    const auto attempt = world.client.send({.from = "no-reply@localhost", .to = {"jörg@example.org"}}, message, {});

    EXPECT_FALSE(attempt.accepted);
    EXPECT_EQ(email::judge(attempt), email::verdict::permanent);
    EXPECT_NE(attempt.reply.find("SMTPUTF8"), std::string::npos);
    EXPECT_FALSE(has_line(server, "RCPT"));
}

TEST(smtp_client, does_not_say_a_utf8_sender_to_a_server_that_cannot_take_it) {
    scripted_smtp_server server;
    client_of world{server};

    const auto attempt = world.client.send({.from = "jörg@example.org", .to = {"ada@example.org"}}, message, {});

    EXPECT_FALSE(attempt.accepted);
    EXPECT_EQ(email::judge(attempt), email::verdict::permanent);
    EXPECT_NE(attempt.reply.find("SMTPUTF8"), std::string::npos);
    EXPECT_FALSE(has_line(server, "RCPT"));
}

TEST(smtp_client, refuses_an_address_that_could_leave_its_command) {
    scripted_smtp_server server;
    client_of world{server};

    for (const std::string address :
         {"a@b.c>\r\nDATA", "a@b.c\r\nRCPT TO:<x@y>", "a@b.c\n", "<a@b.c>", "a b@c.d", "", "a\x01@b.c"})
        EXPECT_THROW(static_cast<void>(world.client.send({.from = "no-reply@localhost", .to = {address}}, message, {})),
                     std::invalid_argument);

    EXPECT_EQ(server.connections(), 0U);
}

TEST(smtp_client, closes_without_waiting_for_a_server_that_has_gone_silent) {
    std::atomic<bool> over{false};
    scripted_smtp_server server{[&](std::size_t, const std::string& line) -> reply {
        if (line != "QUIT") return std::nullopt;
        over.wait(false);
        return "";
    }};
    client_of world{server};
    EXPECT_TRUE(world.client.send(one_receiver, message, {}).accepted);

    const auto begin = std::chrono::steady_clock::now();
    world.client.close();

    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    over = true;
    over.notify_all();
}
