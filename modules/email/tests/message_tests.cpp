#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "mail.hpp"
#include "message.hpp"

namespace {

using namespace std::literals;

email::message_content a_mail() {
    email::message_content content;
    content.id = "019a2b3c-4d5e-7f60-8123-456789abcdef";
    content.message_id = email::message_id_of(content.id, "no-reply@example.org");
    content.date = core::timestamp{std::chrono::milliseconds{1'750'000'000'123}};
    content.from = {"Busbar", "no-reply@example.org"};
    content.to = {{"Ada", "ada@example.org"}};
    content.subject = "Welcome";
    content.text = "Hello Ada,\nhow are you?\n";
    content.html = "<p>Hello Ada</p>";
    return content;
}

std::string head_of(const std::string& message) { return message.substr(0, message.find("\r\n\r\n") + 2); }

void expect_wire_form(const std::string& message) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < message.size(); ++i) {
        if (message[i] == '\r') {
            ASSERT_LT(i + 1, message.size());
            ASSERT_EQ(message[i + 1], '\n') << "a bare CR at " << i;
            ASSERT_LE(length, 998U);
            length = 0;
            ++i;
        } else {
            ASSERT_NE(message[i], '\n') << "a bare LF at " << i;
            ASSERT_LT(static_cast<unsigned char>(message[i]), 0x80) << "not ASCII at " << i;
            ++length;
        }
    }
    ASSERT_TRUE(message.ends_with("\r\n"));
}

}  // namespace

TEST(message, is_what_it_should_be_byte_for_byte) {
    EXPECT_EQ(email::compose(a_mail()),
              "Date: Sun, 15 Jun 2025 15:06:40 +0000\r\n"
              "From: Busbar <no-reply@example.org>\r\n"
              "Subject: Welcome\r\n"
              "To: Ada <ada@example.org>\r\n"
              "Message-Id: <019a2b3c-4d5e-7f60-8123-456789abcdef@example.org>\r\n"
              "Auto-Submitted: auto-generated\r\n"
              "MIME-Version: 1.0\r\n"
              "Content-Type: multipart/alternative;\r\n"
              "\tboundary=\"=_019a2b3c-4d5e-7f60-8123-456789abcdef\"\r\n"
              "\r\n"
              "--=_019a2b3c-4d5e-7f60-8123-456789abcdef\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Transfer-Encoding: 7bit\r\n"
              "\r\n"
              "Hello Ada,\r\n"
              "how are you?\r\n"
              "\r\n"
              "--=_019a2b3c-4d5e-7f60-8123-456789abcdef\r\n"
              "Content-Type: text/html; charset=utf-8\r\n"
              "Content-Transfer-Encoding: 7bit\r\n"
              "\r\n"
              "<p>Hello Ada</p>\r\n"
              "\r\n"
              "--=_019a2b3c-4d5e-7f60-8123-456789abcdef--\r\n");
}

TEST(message, is_the_same_each_time) { EXPECT_EQ(email::compose(a_mail()), email::compose(a_mail())); }

TEST(message, of_text_alone_has_no_parts) {
    auto content = a_mail();
    content.html.reset();
    const auto message = email::compose(content);

    EXPECT_NE(message.find("Content-Type: text/plain; charset=utf-8"), std::string::npos);
    EXPECT_EQ(message.find("multipart"), std::string::npos);
    expect_wire_form(message);
}

TEST(message, encodes_names_and_subjects_that_are_not_ascii) {
    auto content = a_mail();
    content.to = {{"Zoë Müller", "zoe@example.org"}, {"Doe, Jane", "jane@example.org"}};
    content.subject =
        "Grüße aus 東京 und ein Betreff, der so lang ist, dass er ganz sicher auf mehrere Zeilen gefaltet werden muss";
    const auto message = email::compose(content);

    expect_wire_form(message);
    EXPECT_NE(message.find("=?"), std::string::npos);
    EXPECT_NE(message.find("\"Doe, Jane\"\r\n\t<jane@example.org>"), std::string::npos) << message;
    EXPECT_EQ(message.find("Zoë"), std::string::npos);
}

TEST(message, S35_shows_a_name_that_looks_encoded_as_it_was_given) {
    auto content = a_mail();
    content.to[0].name = "=?utf-8?q?=0D=0ABcc:_x@evil.test?=";
    content.subject = "Grüße " + std::string(50, 'x') + " =?utf-8?q?=0D=0AX?=";
    const auto head = head_of(email::compose(content));

    EXPECT_NE(head.find("To: =?utf-8?b?PT91dGYtOD9xPz0wRD0wQUJjYzpfeEBldmlsLnRlc3Q/PQ==?=\r\n\t<ada@example.org>\r\n"),
              std::string::npos)
        << head;
    EXPECT_EQ(head.find("?q?"), std::string::npos) << head;
}

TEST(message, encodes_bodies_that_are_not_ascii_or_have_long_lines) {
    auto content = a_mail();
    content.text = "Grüße\r\nmit allen Arten von Zeilen\rund\nEnden\n";
    content.html = "<p>" + std::string(5000, 'x') + "</p>";
    const auto message = email::compose(content);

    expect_wire_form(message);
    EXPECT_NE(message.find("Gr=C3=BC=C3=9Fe\r\nmit allen Arten von Zeilen\r\nund\r\nEnden\r\n"), std::string::npos)
        << message;
    EXPECT_EQ(message.find("=0A"), std::string::npos);
    EXPECT_EQ(message.find("=0D"), std::string::npos);
}

TEST(message, keeps_a_body_that_looks_like_smtp_or_mbox) {
    auto content = a_mail();
    content.html.reset();
    content.text = "\n.\n\r\n.\r\nMAIL FROM:<evil@example.org>\nFrom here on\n";
    const auto message = email::compose(content);

    expect_wire_form(message);
    EXPECT_TRUE(message.ends_with("\r\n\r\n\r\n.\r\n\r\n.\r\nMAIL FROM:<evil@example.org>\r\nFrom here on\r\n"))
        << message;
}

TEST(message, takes_no_header_value_with_a_line_end_or_nul) {
    for (const auto& hostile :
         {"a\r\nBcc: x@evil.test"s, "a\nBcc: x@evil.test"s, "a\rb"s, "a\0b"s, "a\x1b[31m"s, "\xff"s}) {
        auto content = a_mail();
        content.subject = hostile;
        EXPECT_THROW(static_cast<void>(email::compose(content)), std::invalid_argument);
        content = a_mail();
        content.to[0].name = hostile;
        EXPECT_THROW(static_cast<void>(email::compose(content)), std::invalid_argument);
        content = a_mail();
        content.from.name = hostile;
        EXPECT_THROW(static_cast<void>(email::compose(content)), std::invalid_argument);
        content = a_mail();
        content.to[0].address = hostile;
        EXPECT_THROW(static_cast<void>(email::compose(content)), std::invalid_argument);
    }
}

TEST(message, has_one_header_of_each_kind_whatever_the_names_are) {
    for (const auto& hostile : {"A Bcc: x@evil.test"s, "\"; Bcc: x@evil.test"s, "<x@evil.test>"s, "a, x@evil.test"s,
                                "=?utf-8?q?=0D=0ABcc:_x@evil.test?="s, "\u2028Bcc: x"s, "\u0085Bcc: x"s, "a\\\"b"s}) {
        auto content = a_mail();
        content.to[0].name = hostile;
        content.subject = hostile;
        const auto message = email::compose(content);

        expect_wire_form(message);
        EXPECT_EQ(("\r\n" + head_of(message)).find("\r\nBcc:"), std::string::npos) << message;
    }
}

TEST(message, says_where_it_comes_from_in_its_id) {
    EXPECT_EQ(email::message_id_of("1-2", "no-reply@example.org"), "1-2@example.org");
}

TEST(mail, loses_its_secret_in_text_html_and_message) {
    auto content = a_mail();
    const std::string secret = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP1";
    // Quoted-printable cuts the secret in two.
    content.text = "Grüße, " + std::string(40, '-') + "https://example.org/confirm?token=" + secret + "\n";
    content.html = "<a href=\"https://example.org/confirm?token=" + secret + "\">x</a>";

    const auto copy = email::mask(content, secret);

    EXPECT_NE(copy.content.text->find("token=***\n"), std::string::npos);
    EXPECT_NE(copy.content.html->find("token=***\""), std::string::npos);
    EXPECT_EQ(copy.raw.find(secret.substr(0, 12)), std::string::npos) << copy.raw;
    EXPECT_NE(copy.raw.find(content.message_id), std::string::npos);
}

TEST(mail, shows_a_mailbox_as_people_write_it) {
    EXPECT_EQ(email::format_mailbox({"Busbar", "no-reply@localhost"}), "Busbar <no-reply@localhost>");
    EXPECT_EQ(email::format_mailbox({"", "no-reply@localhost"}), "no-reply@localhost");
    EXPECT_EQ(email::format_mailbox({"Doe, \"J\"", "j@localhost"}), R"("Doe, \"J\"" <j@localhost>)");
}

TEST(message, names_copies_and_where_to_reply) {
    auto content = a_mail();
    content.cc = {{"", "bob@example.org"}, {"Eve", "eve@example.org"}};
    content.reply_to = "help@example.org";

    const auto head = head_of(email::compose(content));

    EXPECT_NE(head.find("\r\nCc: bob@example.org, Eve <eve@example.org>\r\n"), std::string::npos) << head;
    EXPECT_NE(head.find("\r\nReply-To: help@example.org\r\n"), std::string::npos) << head;
}

TEST(message, does_not_break_the_address_to_leave_a_list_by) {
    auto content = a_mail();
    content.list_unsubscribe = "https://example.org/" + std::string(780, 'a');
    const auto web = head_of(email::compose(content));
    content.list_unsubscribe = "mailto:leave@example.org?subject=list-7";
    const auto mail = head_of(email::compose(content));

    EXPECT_NE(web.find("<https://example.org/" + std::string(780, 'a') + ">\r\n"), std::string::npos) << web;
    EXPECT_NE(mail.find("\r\nList-Unsubscribe: <mailto:leave@example.org?subject=list-7>\r\n"), std::string::npos);
    EXPECT_EQ(mail.find("One-Click"), std::string::npos) << mail;
}

TEST(message, carries_files_beside_the_text) {
    auto content = a_mail();
    std::string every_byte;
    for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
    content.attachments = {{"Gr\u00fc\u00dfe \"1\".bin", "application/octet-stream", every_byte},
                           {"empty.txt", "text/plain", ""}};

    const auto message = email::compose(content);

    expect_wire_form(message);
    EXPECT_NE(message.find("Content-Type: multipart/mixed"), std::string::npos);
    EXPECT_NE(message.find("Content-Type: multipart/alternative"), std::string::npos);
    EXPECT_NE(message.find("Content-Disposition: attachment"), std::string::npos);
    EXPECT_NE(message.find("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4"),
              std::string::npos);
    EXPECT_EQ(message, email::compose(content)) << "a repeat is a repeat";
    content.attachments.front().name = "a\r\nBcc: x@evil.test";
    EXPECT_THROW((void)email::compose(content), std::invalid_argument);
}
