#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "host_breaker.hpp"
#include "smtp_dialogue.hpp"
#include "smtp_outcome.hpp"
#include "smtp_server.hpp"

using email::smtp_attempt;
using email::smtp_stage;
using email::verdict;
using namespace std::chrono_literals;

TEST(smtp_outcome, follows_the_reply_code) {
    const auto judged = [](smtp_stage stage, int code) { return email::judge({.stage = stage, .reply_code = code}); };

    EXPECT_EQ(email::judge({.accepted = true, .stage = smtp_stage::content, .reply_code = 250}), verdict::sent);
    for (const auto stage : {smtp_stage::sender, smtp_stage::recipients, smtp_stage::content}) {
        for (const int code : {500, 550, 552, 554, 599}) EXPECT_EQ(judged(stage, code), verdict::permanent);
        for (const int code : {0, 220, 250, 354, 450, 451, 452, 499})
            EXPECT_EQ(judged(stage, code), verdict::temporary);
    }
}

TEST(smtp_outcome, blames_the_host_for_what_happens_before_the_mail) {
    for (const int code : {0, 220, 250, 421, 450})
        EXPECT_EQ(email::judge({.stage = smtp_stage::connecting, .reply_code = code}), verdict::host);
    for (const auto stage : {smtp_stage::securing, smtp_stage::signing_in})
        for (const int code : {0, 250, 454, 535})
            EXPECT_EQ(email::judge({.stage = stage, .reply_code = code}), verdict::host);
    EXPECT_EQ(email::judge({.stage = smtp_stage::sender, .reply_code = 421}), verdict::host);
    EXPECT_EQ(email::judge({.stage = smtp_stage::content, .reply_code = 421}), verdict::temporary);
}

TEST(smtp_outcome, describes_a_failure_in_one_printable_line_without_the_password) {
    EXPECT_EQ(email::describe_reply("550 no\r\nsuch\tuser\x1b[31m \xff", ""), "550 no  such user?[31m ?");
    EXPECT_EQ(email::describe_reply("535 hunter2 is wrong, hunter2!", "hunter2"), "535 *** is wrong, ***!");
    EXPECT_EQ(email::describe_reply(std::string(2000, 'x'), "").size(), 500U);
}

namespace {

std::string outcomes(const smtp_attempt& attempt, std::size_t count) {
    std::string text;
    for (const auto& one : email::judge_recipients(attempt, count))
        text += (text.empty() ? "" : ", ") +
                std::string{one.outcome == verdict::sent        ? "sent"
                            : one.outcome == verdict::permanent ? "failed"
                                                                : "waits"} +
                " " + std::to_string(one.reply_code);
    return text;
}

}  // namespace

TEST(smtp_outcome, is_one_for_each_recipient) {
    const std::vector<email::recipient_reply> mixed{{250, "250 ok"}, {550, "550 no such user"}, {452, "452 no room"}};

    EXPECT_EQ(outcomes({.accepted = true, .stage = smtp_stage::content, .reply_code = 250, .recipients = mixed}, 3),
              "sent 250, failed 550, waits 452");
    EXPECT_EQ(outcomes({.stage = smtp_stage::content, .reply_code = 552, .recipients = mixed}, 3),
              "failed 552, failed 550, waits 452");
    EXPECT_EQ(outcomes({.stage = smtp_stage::content, .reply_code = 0, .recipients = mixed}, 3),
              "waits 0, failed 550, waits 452");
}

// libcurl leaves them out of the message.
TEST(smtp_outcome, is_not_sent_for_a_recipient_who_was_answered_with_anything_but_2xx) {
    for (const int code : {150, 354, 399})
        EXPECT_EQ(outcomes({.accepted = true,
                            .stage = smtp_stage::content,
                            .reply_code = 250,
                            .recipients = {{250, "250 ok"}, {code, "odd"}}},
                           2),
                  "sent 250, waits " + std::to_string(code));
}

TEST(smtp_outcome, says_nothing_of_recipients_that_a_server_was_not_asked_about) {
    EXPECT_EQ(outcomes({.stage = smtp_stage::recipients, .reply_code = 550, .recipients = {{250, ""}, {550, ""}}}, 4),
              "waits 0, failed 550, waits 0, waits 0");
    EXPECT_EQ(outcomes({.stage = smtp_stage::sender, .reply_code = 553}, 2), "failed 553, failed 553");
    EXPECT_EQ(outcomes({.accepted = true, .stage = smtp_stage::content, .reply_code = 250}, 2), "sent 250, sent 250");
}

TEST(smtp_dialogue, keeps_what_was_replied_to_each_recipient) {
    email::smtp_dialogue dialogue;
    dialogue.begin(false);
    for (const auto& [command, reply] : {std::pair{"RCPT TO:<a@b.c>\r\n", "250 ok\r\n"},
                                         {"RCPT TO:<d@e.f>\r\n", "550-no\r\n"},
                                         {"", "550 such user\r\n"},
                                         {"RCPT TO:<g@h.i>\r\n", ""}}) {
        if (*command != '\0') dialogue.sent(command);
        if (*reply != '\0') EXPECT_TRUE(dialogue.received(reply));
    }

    ASSERT_EQ(dialogue.recipients().size(), 3U);
    EXPECT_EQ(dialogue.recipients()[0].code, 250);
    EXPECT_EQ(dialogue.recipients()[1].text, "550-no 550 such user");
    EXPECT_EQ(dialogue.recipients()[2].code, 0);
    dialogue.begin(false);
    EXPECT_TRUE(dialogue.recipients().empty());
}

TEST(smtp_dialogue, knows_how_far_a_conversation_came) {
    email::smtp_dialogue dialogue;
    dialogue.begin(false);
    EXPECT_TRUE(dialogue.received("220 hello\r\n"));
    dialogue.sent("EHLO here\r\n");
    EXPECT_TRUE(dialogue.received("250-test\r\n"));
    EXPECT_TRUE(dialogue.received("250 HELP\r\n"));
    EXPECT_EQ(dialogue.stage(), smtp_stage::connecting);
    EXPECT_EQ(dialogue.reply(), "250-test 250 HELP");
    dialogue.sent("MAIL FROM:<a@b.c>\r\n");
    EXPECT_TRUE(dialogue.received("250 ok\r\n"));
    dialogue.sent("RCPT TO:<d@e.f>\r\n");
    EXPECT_TRUE(dialogue.received("550 no\r\n"));

    EXPECT_EQ(dialogue.stage(), smtp_stage::recipients);
    EXPECT_EQ(dialogue.reply_code(), 550);
    EXPECT_EQ(dialogue.reply(), "550 no");
}

TEST(smtp_dialogue, has_no_reply_to_a_command_that_was_not_answered) {
    email::smtp_dialogue dialogue;
    dialogue.begin(false);
    dialogue.sent("RCPT TO:<a@b.c>\r\n");
    EXPECT_TRUE(dialogue.received("550 no\r\n"));
    dialogue.sent("DATA\r\n");
    EXPECT_EQ(dialogue.reply_code(), 0);
    EXPECT_TRUE(dialogue.received("354 go on\r\n"));
    dialogue.sent_message(100);

    EXPECT_EQ(dialogue.reply_code(), 0);
    EXPECT_EQ(dialogue.reply(), "354 go on") << "the last one that came";
}

TEST(smtp_dialogue, S40_takes_lines_of_2048_bytes_and_a_hundred_of_them) {
    email::smtp_dialogue dialogue;
    dialogue.begin(false);
    EXPECT_TRUE(dialogue.received("220-" + std::string(2042, 'x') + "\r\n"));
    for (int i = 0; i < 99; ++i) EXPECT_TRUE(dialogue.received("220-x\r\n"));
    EXPECT_FALSE(dialogue.received("220 x\r\n"));
    EXPECT_TRUE(dialogue.is_excessive());

    dialogue.begin(false);
    EXPECT_FALSE(dialogue.received("220-" + std::string(2043, 'x') + "\r\n"));
    EXPECT_TRUE(dialogue.is_excessive());
}

TEST(smtp_dialogue, keeps_the_reply_before_the_farewell) {
    email::smtp_dialogue dialogue;
    dialogue.begin(false);
    dialogue.sent("MAIL FROM:<a@b.c>\r\n");
    EXPECT_TRUE(dialogue.received("550 no\r\n"));
    dialogue.sent("QUIT\r\n");
    EXPECT_TRUE(dialogue.received("221 bye\r\n"));

    EXPECT_EQ(dialogue.reply_code(), 550);
    EXPECT_EQ(dialogue.reply(), "550 no");
}

TEST(smtp_dialogue, forgets_what_was_offered_before_starttls) {
    email::smtp_dialogue dialogue;
    dialogue.begin(true);
    dialogue.sent("EHLO here\r\n");
    EXPECT_TRUE(dialogue.received("250 SMTPUTF8\r\n"));
    dialogue.sent("STARTTLS\r\n");
    EXPECT_TRUE(dialogue.received("220 go\r\n"));
    dialogue.sent("EHLO here\r\n");
    EXPECT_TRUE(dialogue.received("250 HELP\r\n"));
    dialogue.sent("MAIL FROM:<a@b.c>\r\n");

    EXPECT_FALSE(dialogue.received("250 ok\r\n"));
    EXPECT_TRUE(dialogue.lacks_utf8());
}

TEST(smtp_server, knows_loopback_hosts) {
    for (const std::string host : {"localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1"})
        EXPECT_TRUE(email::is_loopback({.host = host})) << host;
    for (const std::string host :
         {"example.org", "localhost.example.org", "128.0.0.1", "127.0.0.1.example.org", "10.0.0.1", "::2"})
        EXPECT_FALSE(email::is_loopback({.host = host})) << host;
}

TEST(smtp_server, writes_its_url_without_the_account) {
    EXPECT_EQ(email::url_of({.host = "mail.example.org", .port = 25, .user = "u", .password = "p"}),
              "smtp://mail.example.org:25");
    EXPECT_EQ(email::url_of({.implicit_tls = true, .host = "::1", .port = 465}), "smtps://[::1]:465");
}

class host_breaker_test : public ::testing::Test {
public:
    core::monotonic_time now{};
    email::host_breaker breaker{core::retry_schedule{{1s, 5s}, 0.0}};
};

TEST_F(host_breaker_test, admits_everything_while_all_is_well) {
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(breaker.admit(now));
    EXPECT_FALSE(breaker.is_open());
}

TEST_F(host_breaker_test, admits_one_probe_at_a_time_with_growing_pauses) {
    breaker.failed(*breaker.admit(now), now, 0);
    EXPECT_FALSE(breaker.admit(now));
    EXPECT_EQ(breaker.next_probe(), now + 1s);

    now += 1s;
    const auto probe = breaker.admit(now);
    ASSERT_TRUE(probe);
    EXPECT_TRUE(probe->is_probe);
    EXPECT_FALSE(breaker.admit(now));

    breaker.failed(*probe, now, 0);
    EXPECT_EQ(breaker.next_probe(), now + 5s);
    EXPECT_FALSE(breaker.admit(now + 4s));
    EXPECT_TRUE(breaker.admit(now + 5s));
}

TEST_F(host_breaker_test, counts_mails_that_fail_together_as_one_failure) {
    const auto first = breaker.admit(now);
    const auto second = breaker.admit(now);
    breaker.failed(*first, now, 0);
    breaker.failed(*second, now + 500ms, 0);

    EXPECT_EQ(breaker.next_probe(), now + 1s);
}

TEST_F(host_breaker_test, closes_when_a_probe_passes) {
    breaker.failed(*breaker.admit(now), now, 0);
    now += 1s;

    EXPECT_TRUE(breaker.passed(*breaker.admit(now)));
    EXPECT_FALSE(breaker.is_open());
    EXPECT_TRUE(breaker.admit(now));
    EXPECT_TRUE(breaker.admit(now));
}

TEST_F(host_breaker_test, gives_an_unused_probe_to_the_next) {
    breaker.failed(*breaker.admit(now), now, 0);
    now += 1s;
    breaker.unused(*breaker.admit(now));

    EXPECT_TRUE(breaker.admit(now));
}
