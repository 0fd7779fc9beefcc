#include <gtest/gtest.h>

#include "trap_session.hpp"

using email::trap_session;

namespace {

const std::string begin = "EHLO client.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n";

// The codes of replies, and `-` for those that go on.
std::string codes(const std::string& replies) {
    std::string all;
    for (std::size_t at = 0; at < replies.size(); at = replies.find("\r\n", at) + 2)
        if (replies[at + 3] == ' ') all += replies.substr(at, 3) + ' ';
    return all;
}

std::string codes_of(const std::string& text) {
    trap_session session;
    auto replies = session.take(text);
    while (session.has_mail()) replies += session.settle(true);
    return codes(replies);
}

}  // namespace

TEST(trap_session, takes_a_mail_as_it_was_meant) {
    trap_session session;

    const auto replies = session.take(begin + "Subject: x\r\n\r\n..dot\r\n.\r\n");

    EXPECT_EQ(codes(replies), "250 250 250 354 ");
    ASSERT_TRUE(session.has_mail());
    EXPECT_EQ(session.mail().helo, "client.example");
    EXPECT_EQ(session.mail().from, "a@example.org");
    EXPECT_EQ(session.mail().to, std::vector<std::string>{"b@example.org"});
    EXPECT_EQ(session.mail().data, "Subject: x\r\n\r\n.dot\r\n");
    EXPECT_EQ(codes(session.settle(true)), "250 ");
    EXPECT_FALSE(session.has_mail());
}

TEST(trap_session, reads_the_same_byte_by_byte) {
    const auto text = begin + "x\r\n.\r\nRSET\r\nMAIL FROM:<>\r\nQUIT\r\n";
    trap_session session;
    std::string replies;
    for (const char c : text) {
        replies += session.take({&c, 1});
        if (session.has_mail()) replies += session.settle(true);
    }

    EXPECT_EQ(codes(replies), codes_of(text));
    EXPECT_TRUE(session.is_over());
}

TEST(trap_session, lets_what_comes_after_a_mail_wait_until_that_is_kept) {
    trap_session session;
    const auto before = session.take(begin + "x\r\n.\r\nNOOP\r\nQUIT\r\n");

    EXPECT_EQ(codes(before), "250 250 250 354 ");
    EXPECT_EQ(codes(session.settle(false)), "451 250 221 ");
    EXPECT_TRUE(session.is_over());
}

TEST(trap_session, wants_commands_in_their_order) {
    EXPECT_EQ(codes_of("MAIL FROM:<a@example.org>\r\n"), "503 ");
    EXPECT_EQ(codes_of("EHLO x\r\nRCPT TO:<a@example.org>\r\nDATA\r\n"), "250 503 503 ");
    EXPECT_EQ(codes_of("HELO x\r\nMAIL FROM:<>\r\nMAIL FROM:<>\r\nRSET\r\nMAIL FROM:<>\r\n"), "250 250 503 250 250 ");
    EXPECT_EQ(codes_of("EHLO \r\nEHLO a(b)\r\nNOOP\r\nVRFY x\r\nSTARTTLS\r\nWHAT\r\nQUIT\r\n"),
              "501 501 250 252 502 500 221 ");
}

TEST(trap_session, takes_only_addresses_and_the_parameters_that_it_offers) {
    for (const char* good : {"FROM:<>", "from: <a@example.org>", "FROM:<zoë@example.org> SMTPUTF8 BODY=8BITMIME",
                             "FROM:<a@example.org> SIZE=10485760", "FROM:<a@example.org> AUTH=<>"})
        EXPECT_EQ(codes_of("EHLO x\r\nMAIL " + std::string{good} + "\r\n"), "250 250 ") << good;
    for (const char* bad : {"FROM:a@example.org", "FROM:<a@example.org", "FROM:<a b@example.org>", "FROM:<a>",
                            "FROM:<a@example.org>x", "FROM:<a@example.org> SIZE=10485761", "FROM:<> SIZE=x",
                            "FROM:<> SIZE=99999999999999999999", "FROM:<> X=1", "TO:<a@example.org>"})
        EXPECT_TRUE(codes_of("EHLO x\r\nMAIL " + std::string{bad} + "\r\n").starts_with("250 5")) << bad;
    EXPECT_EQ(codes_of("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<>\r\nRCPT TO:<a@example.org> NOTIFY=NEVER\r\n"),
              "250 250 553 555 ");
}

TEST(trap_session, takes_a_hundred_recipients_each_once) {
    trap_session session;
    std::ignore = session.take("EHLO x\r\nMAIL FROM:<>\r\n");
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(codes(session.take("RCPT TO:<a" + std::to_string(i) + "@example.org>\r\n")), "250 ");

    EXPECT_EQ(codes(session.take("RCPT TO:<A7@Example.org>\r\nRCPT TO:<b@example.org>\r\n")), "250 452 ");
    EXPECT_EQ(session.mail().to.size(), 100U);
}

TEST(trap_session, lets_everybody_sign_in) {
    EXPECT_EQ(codes_of("EHLO x\r\nAUTH PLAIN AGEAYg==\r\nMAIL FROM:<>\r\n"), "250 235 250 ");
    EXPECT_EQ(codes_of("EHLO x\r\nAUTH PLAIN\r\nAGEAYg==\r\nAUTH LOGIN\r\nYQ==\r\nYg==\r\n"),
              "250 334 235 334 334 235 ");
    EXPECT_EQ(codes_of("EHLO x\r\nAUTH LOGIN YQ==\r\nYg==\r\nAUTH PLAIN\r\n*\r\nAUTH X\r\n"),
              "250 334 235 334 501 504 ");
    EXPECT_EQ(codes_of("AUTH PLAIN AGEAYg==\r\n"), "503 ");
}

// Each is an end for some servers and none for others.
TEST(trap_session, S37_takes_no_bare_line_end_for_the_end_of_a_message) {
    for (const char* end : {"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n"})
        EXPECT_EQ(codes_of(begin + "x" + end + "MAIL FROM:<evil@example.org>\r\n.\r\nNOOP\r\n"),
                  "250 250 250 354 554 250 ")
            << end;
}

TEST(trap_session, refuses_messages_with_long_lines_and_what_is_no_text) {
    EXPECT_EQ(codes_of(begin + std::string(998, 'x') + "\r\n.\r\n"), "250 250 250 354 250 ");
    EXPECT_EQ(codes_of(begin + std::string(999, 'x') + "\r\n.\r\n"), "250 250 250 354 554 ");
    EXPECT_EQ(codes_of(begin + std::string("a\0b", 3) + "\r\n.\r\nNOOP\r\n"), "250 250 250 354 554 250 ");
    EXPECT_EQ(codes_of(begin + "Gr\xfc\xdf e\r\n.\r\n"), "250 250 250 354 554 ");
    EXPECT_EQ(codes_of(begin + "Grüße\r\n.\r\n"), "250 250 250 354 250 ");
    trap_session session;
    std::ignore = session.take(begin);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(session.take(std::string(5000, 'x')), "");
    EXPECT_EQ(session.take("\r"), "");
    EXPECT_EQ(codes(session.take("\n.\r\n")), "554 ");
}

TEST(trap_session, does_not_talk_to_browsers) {
    EXPECT_EQ(codes_of("POST / HTTP/1.1\r\nHost: x\r\n\r\n" + begin + "x\r\n.\r\n"), "421 ");
}

TEST(trap_session, refuses_messages_that_are_too_large_and_goes_on) {
    trap_session session;
    std::ignore = session.take(begin);
    const auto lines = std::string(900, 'x') + "\r\n";
    for (std::size_t size = 0; size <= trap_session::largest_message; size += lines.size())
        EXPECT_EQ(session.take(lines), "");

    EXPECT_EQ(codes(session.take(".\r\nNOOP\r\n")), "552 250 ");
}

TEST(trap_session, shares_room_with_others_and_gives_it_back) {
    std::size_t room = 1000;
    const std::string six_hundred = std::string(298, 'x') + "\r\n" + std::string(298, 'x') + "\r\n";
    trap_session second{&room};
    {
        trap_session first{&room};
        EXPECT_EQ(codes(first.take(begin + six_hundred)), "250 250 250 354 ");
        EXPECT_EQ(codes(second.take(begin + six_hundred + ".\r\n")), "250 250 250 354 452 ");
        EXPECT_EQ(room, 400U);
        EXPECT_EQ(codes(first.take(".\r\n") + first.settle(true)), "250 ");
        EXPECT_EQ(room, 1000U);
        EXPECT_EQ(codes(first.take(begin.substr(begin.find("MAIL")) + six_hundred)), "250 250 354 ");
    }
    EXPECT_EQ(room, 1000U) << "also of who went away in the middle";
    EXPECT_EQ(codes(second.take(begin.substr(begin.find("MAIL")) + six_hundred + ".\r\n")), "250 250 354 ");
    EXPECT_TRUE(second.has_mail());
}

TEST(trap_session, ends_with_commands_that_do_not_end_and_with_too_many_errors) {
    trap_session endless;
    EXPECT_EQ(codes(endless.take(std::string(3000, 'x'))), "500 ");
    EXPECT_TRUE(endless.is_over());
    EXPECT_EQ(codes_of("NOOP\n"), "500 ");

    trap_session clumsy;
    std::string replies;
    for (int i = 0; i < 30; ++i) replies += clumsy.take("WHAT\r\n");
    EXPECT_TRUE(clumsy.is_over());
    EXPECT_TRUE(codes(replies).ends_with("500 421 "));
}
