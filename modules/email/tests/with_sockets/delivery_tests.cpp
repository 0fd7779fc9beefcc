#include "module_under_test.hpp"
#include "scripted_smtp_server.hpp"

namespace {

using email::module_under_test;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

CO_TEST(mail_delivery, masks_the_token_once_the_mail_is_delivered) {
    email::scripted_smtp_server server;
    module_under_test email{email::settings_for(server)};

    co_await email.user_registered("Zoë", "zoe@example.org");
    co_await email.finished();
    EXPECT_EQ(server.mails().size(), 1U);

    const auto mails = co_await email.all();
    CO_ASSERT_TRUE(mails.size() == 1);
    co_await email.finished();
    const auto mail = co_await email.get(mails[0].id);
    EXPECT_EQ(mail.status, "sent");
    EXPECT_TRUE(contains(mail.text.value_or(""), "token=***"));
    EXPECT_TRUE(contains(mail.html.value_or(""), "token=***"));
    const auto raw = co_await email.request(email::get_raw_email{mail.id});
    CO_ASSERT_TRUE(raw.has_value());
    EXPECT_TRUE(contains(raw->message, "Message-Id: <" + mail.id + "@localhost>"));
    EXPECT_EQ(mail.sent_at, email.world.clock.now());
    EXPECT_EQ(email.published<email::email_sent>().size(), 1U);
}

CO_TEST(mail_delivery, sends_to_each_receiver_once) {
    email::scripted_smtp_server server;
    module_under_test email{email::settings_for(server)};

    const auto answer =
        co_await email.request(email::send_email{.to = {"ada@example.org", "ADA@example.org", "bob@example.org"},
                                                 .subject = "Grüße",
                                                 .text = {},
                                                 .html = "<p>x</p>"});
    CO_ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, "queued");
    co_await email.finished();
    const auto mail = co_await email.get(answer->id);
    EXPECT_EQ(mail.status, "sent");

    EXPECT_EQ(mail.to.size(), 2U);
    EXPECT_FALSE(mail.text);
    EXPECT_EQ(server.mails().at(0).to.size(), 2U);
}
