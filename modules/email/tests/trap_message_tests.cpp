#include <gtest/gtest.h>

#include "trap_message.hpp"

namespace {

email::kept_mail read(const std::string& data) {
    return email::read_trapped(
        {.helo = "client.example", .from = "bounce@example.org", .to = {"ada@example.org"}, .data = data}, {}, "the-id",
        core::timestamp{std::chrono::milliseconds{1'750'000'000'000}});
}

}  // namespace

TEST(trap_message, shows_what_a_mail_says) {
    const std::string data =
        "From: =?utf-8?q?Zo=C3=AB?= <zoe@example.org>\r\nReply-To: help@example.org\r\nMessage-ID: <1@example.org>\r\n"
        "Subject: =?iso-8859-1?q?Gr=FC=DFe?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        "--x\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        "Tsch=FC=DF\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>Hi<script>alert(1)</script></p>\r\n"
        "--x\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\"../a.txt\"\r\n\r\nnote\r\n"
        "--x--\r\n";

    const auto [mail, raw] = read(data);

    EXPECT_EQ(mail.kind, "trapped");
    EXPECT_EQ(mail.content.from.name, "Zoë");
    EXPECT_EQ(mail.content.from.address, "zoe@example.org");
    EXPECT_EQ(mail.content.reply_to, "help@example.org");
    EXPECT_EQ(mail.content.message_id, "1@example.org");
    EXPECT_EQ(mail.content.subject, "Grüße");
    EXPECT_TRUE(mail.content.text.value().starts_with("Tschüß"));
    EXPECT_EQ(mail.content.html.value().find("script"), std::string::npos);
    ASSERT_EQ(mail.content.attachments.size(), 1U);
    EXPECT_EQ(mail.content.attachments[0].name, ".._a.txt");
    EXPECT_EQ(mail.content.attachments[0].content, "note");
    ASSERT_EQ(mail.recipients.size(), 1U);
    EXPECT_EQ(mail.recipients[0].address.canonical, "ada@example.org");
    EXPECT_EQ(raw,
              "Received: from client.example\r\n\tby busbar (trap) with ESMTP id the-id;\r\n\tSun, 15 Jun 2025 "
              "15:06:40 +0000\r\n" +
                  data);
}

TEST(trap_message, makes_the_best_of_what_is_no_mail) {
    for (const std::string data :
         {"", "\r\n", "no header\r\n", "From: nobody\r\nSubject:\r\n\r\n",
          "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
          "Content-Type: text/plain; charset=unknown\r\nContent-Transfer-Encoding: base64\r\n\r\n%%"}) {
        const auto [mail, raw] = read(data);
        EXPECT_EQ(mail.content.from.address, "bounce@example.org") << data;
        EXPECT_TRUE(raw.ends_with(data));
    }
}

TEST(trap_message, survives_parts_within_parts_and_a_great_many) {
    std::string deep;
    for (int i = 0; i < 2'000; ++i) {
        const auto name = std::to_string(i);
        deep += "Content-Type: multipart/mixed; boundary=b" + name + "\r\n\r\n--b" + name + "\r\n";
    }
    std::string many = "Content-Type: multipart/mixed; boundary=x\r\n\r\n";
    for (int i = 0; i < 200; ++i) many += "--x\r\nContent-Type: image/png\r\n\r\nx\r\n";

    EXPECT_TRUE(read(deep).raw.ends_with(deep));
    EXPECT_EQ(read(many).mail.content.attachments.size(), 100U);
}
