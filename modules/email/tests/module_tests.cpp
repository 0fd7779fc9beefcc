#include <core/exit.hpp>

#include "module_under_test.hpp"

namespace {

using email::module_under_test;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

CO_TEST(email_module, captures_a_welcome_mail_with_the_confirmation_link) {
    harness::world world;
    module_under_test email{world};
    email.start();

    co_await email.user_registered("Ada", "Ada@Example.org");
    co_await harness::eventually([&] { return email.is_quiet(); });

    const auto mails = co_await email.all();
    CO_ASSERT_TRUE(mails.size() == 1);
    const auto mail = co_await email.wait_for(mails[0].id, "captured");
    EXPECT_EQ(mail.to, std::vector<std::string>{"Ada@example.org"});
    EXPECT_EQ(mail.from, "Busbar <no-reply@localhost>");
    EXPECT_EQ(mail.subject, "Welcome, Ada: please confirm your address");
    EXPECT_TRUE(contains(mail.text.value_or(""), module_under_test::token));
    EXPECT_TRUE(contains(mail.html.value_or(""), module_under_test::token));
    EXPECT_EQ(mail.attempts, 0);
    EXPECT_FALSE(mail.sent_at);
    EXPECT_FALSE(mail.next_attempt_at);
    const auto raw = co_await email.request(email::get_raw_email{mail.id});
    CO_ASSERT_TRUE(raw.has_value());
    EXPECT_TRUE(contains(raw->message, std::string{"confirm?token="} + module_under_test::token + "\r\n"))
        << raw->message;
    EXPECT_TRUE(contains(raw->message, "Message-Id: <" + mail.id + "@localhost>\r\n"));
    EXPECT_EQ(email.published("email.email_queued").size(), 1U);
    EXPECT_TRUE(email.published("email.email_sent").empty());
    co_await email.stop();
}

CO_TEST(email_module, writes_no_second_mail_for_the_same_event_after_a_restart) {
    harness::world world;
    module_under_test email{world};
    email.start();
    co_await email.user_registered("Ada", "ada@example.org");
    co_await email.registration_repeated("ada@example.org", false);
    co_await harness::eventually([&] { return email.is_quiet(); });

    co_await email.restart();
    co_await harness::eventually([&] { return email.is_quiet(); });

    EXPECT_EQ((co_await email.all()).size(), 2U);
    EXPECT_EQ(email.links_made, 2U);
    co_await email.stop();
}

CO_TEST(email_module, sends_a_new_link_to_who_registers_again_without_having_confirmed) {
    harness::world world;
    module_under_test email{world};
    email.start();

    co_await email.registration_repeated("ada@example.org", false);
    co_await harness::eventually([&] { return email.is_quiet(); });

    const auto mails = co_await email.all();
    CO_ASSERT_TRUE(mails.size() == 1);
    EXPECT_TRUE(contains(mails[0].text.value_or(""), module_under_test::token));
    co_await email.stop();
}

CO_TEST(email_module, tells_the_owner_of_an_address_that_somebody_registered_again) {
    harness::world world;
    module_under_test email{world};
    email.start();

    co_await email.registration_repeated("ada@example.org", true);
    co_await harness::eventually([&] { return email.is_quiet(); });

    const auto mails = co_await email.all();
    CO_ASSERT_TRUE(mails.size() == 1);
    EXPECT_EQ(mails[0].subject, "You already have an account");
    EXPECT_TRUE(contains(mails[0].text.value_or(""), "http://127.0.0.1:8080/login"));
    EXPECT_EQ(email.links_made, 0U);
    co_await email.stop();
}

CO_TEST(email_module, writes_no_mail_to_a_user_who_is_confirmed_or_gone) {
    harness::world world;
    module_under_test email{world};
    email.start();

    for (const auto kind : {core::error_kind::conflict, core::error_kind::not_found}) {
        email.link_error = core::error{kind, "no"};
        co_await email.user_registered("Ada", "ada@example.org");
        co_await harness::eventually([&] { return email.is_quiet(); });
    }

    EXPECT_EQ(email.links_made, 2U);
    EXPECT_TRUE((co_await email.all()).empty());
    co_await email.stop();
}

CO_TEST(email_module, no_name_reaches_the_headers_or_the_html) {
    harness::world world;
    module_under_test email{world};
    email.start();

    co_await email.user_registered("A\r\nBcc: x@evil.test\r\n\r\n<img src=x onerror=alert(1)>", "ada@example.org");
    co_await harness::eventually([&] { return email.is_quiet(); });

    const auto mails = co_await email.all();
    CO_ASSERT_TRUE(mails.size() == 1);
    const auto raw = co_await email.request(email::get_raw_email{mails[0].id});
    CO_ASSERT_TRUE(raw.has_value());
    EXPECT_FALSE(contains(raw->message, "\r\nBcc:"));
    EXPECT_FALSE(contains(mails[0].html.value_or(""), "<img"));
    EXPECT_EQ(mails[0].to.size(), 1U);
    co_await email.stop();
}

CO_TEST(email_module, masks_the_token_once_the_mail_is_delivered) {
    harness::world world;
    email::scripted_smtp_server server;
    module_under_test email{world, email::settings_for(server)};
    email.start();

    co_await email.user_registered("Zoë", "zoe@example.org");
    co_await harness::eventually([&] { return server.mails().size() == 1; });

    const auto mails = co_await email.all();
    CO_ASSERT_TRUE(mails.size() == 1);
    const auto mail = co_await email.wait_for(mails[0].id, "sent");
    EXPECT_TRUE(contains(mail.text.value_or(""), "token=***"));
    EXPECT_TRUE(contains(mail.html.value_or(""), "token=***"));
    const auto raw = co_await email.request(email::get_raw_email{mail.id});
    CO_ASSERT_TRUE(raw.has_value());
    EXPECT_TRUE(contains(raw->message, "Message-Id: <" + mail.id + "@localhost>"));
    EXPECT_EQ(mail.sent_at, world.clock.now());
    EXPECT_EQ(email.published("email.email_sent").size(), 1U);
    co_await email.stop();
}

CO_TEST(email_module, queues_what_it_is_asked_to_send_and_finds_it_again) {
    harness::world world;
    module_under_test email{world};
    email.start();
    for (int i = 0; i < 3; ++i) co_await email.send("Bob@Example.org");
    const auto newest = co_await email.send("ada@example.org");

    const auto everything =
        co_await email.request(email::search_emails{.receiver = {}, .status = {}, .page = 1, .size = 3});
    const auto of_bob =
        co_await email.request(email::search_emails{.receiver = "bob@EXAMPLE.ORG", .status = {}, .page = 2, .size = 2});
    const auto of_nobody =
        co_await email.request(email::search_emails{.receiver = "no address", .status = {}, .page = 1, .size = 2});
    const auto far = co_await email.request(
        email::search_emails{.receiver = {}, .status = {}, .page = std::int64_t{1} << 62U, .size = 100});

    CO_ASSERT_TRUE(everything && of_bob && of_nobody && far);
    EXPECT_EQ(everything->items.front().id, newest);
    EXPECT_EQ(everything->items.size(), 3U);
    EXPECT_EQ(everything->total_count, 4);
    EXPECT_EQ(everything->total_pages, 2);
    EXPECT_TRUE(everything->has_more);
    EXPECT_EQ(of_bob->total_count, 3);
    EXPECT_EQ(of_bob->items.size(), 1U);
    EXPECT_FALSE(of_bob->has_more);
    EXPECT_EQ(of_nobody->total_count, 0);
    EXPECT_TRUE(far->items.empty());
    EXPECT_FALSE(far->has_more);
    co_await email.stop();
}

CO_TEST(email_module, lists_by_status) {
    harness::world world;
    module_under_test email{world};
    email.start();
    const auto id = co_await email.send();
    co_await email.wait_for(id, "captured");

    const auto captured = co_await email.request(email::search_emails{.receiver = {}, .status = "captured"});
    const auto both = co_await email.request(email::search_emails{.receiver = "ada@example.org", .status = "captured"});
    const auto failed = co_await email.request(email::search_emails{.receiver = {}, .status = "failed"});
    const auto wrong = co_await email.request(email::search_emails{.receiver = {}, .status = "lost"});

    CO_ASSERT_TRUE(captured && both && failed);
    EXPECT_EQ(captured->total_count, 1);
    EXPECT_EQ(both->total_count, 1);
    EXPECT_EQ(failed->total_count, 0);
    CO_ASSERT_TRUE(!wrong);
    EXPECT_EQ(wrong.error().fields.at(0).field, "status");
    co_await email.stop();
}

CO_TEST(email_module, names_each_field_that_is_wrong) {
    harness::world world;
    module_under_test email{world};
    email.start();

    const auto answer = co_await email.request(email::send_email{
        .to = {"ada@example.org", "a@b.c>\r\nDATA"}, .subject = "a\r\nBcc: x@evil.test", .text = {}, .html = {}});
    const auto nobody = co_await email.request(email::send_email{.to = {}, .subject = " ", .text = "x", .html = {}});
    const auto large = co_await email.request(
        email::send_email{.to = {"ada@example.org"}, .subject = "x", .text = std::string(2'000'000, 'x'), .html = {}});
    const auto missing = co_await email.request(email::get_email{"no such id"});

    CO_ASSERT_TRUE(!answer && !nobody && !large && !missing);
    CO_ASSERT_TRUE(answer.error().fields.size() == 3);
    EXPECT_EQ(answer.error().fields[0].field, "to[1]");
    EXPECT_EQ(answer.error().fields[1].field, "subject");
    EXPECT_EQ(answer.error().fields[2].field, "text");
    EXPECT_EQ(nobody.error().fields.size(), 2U);
    EXPECT_EQ(large.error().fields.at(0).field, "text");
    EXPECT_EQ(missing.error().kind, core::error_kind::not_found);
    EXPECT_TRUE((co_await email.all()).empty());
    co_await email.stop();
}

CO_TEST(email_module, sends_to_each_receiver_once) {
    harness::world world;
    email::scripted_smtp_server server;
    module_under_test email{world, email::settings_for(server)};
    email.start();

    const auto answer =
        co_await email.request(email::send_email{.to = {"ada@example.org", "ADA@example.org", "bob@example.org"},
                                                 .subject = "Grüße",
                                                 .text = {},
                                                 .html = "<p>x</p>"});
    CO_ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, "queued");
    const auto mail = co_await email.wait_for(answer->id, "sent");

    EXPECT_EQ(mail.to.size(), 2U);
    EXPECT_FALSE(mail.text);
    EXPECT_EQ(server.mails().at(0).to.size(), 2U);
    co_await email.stop();
}

CO_TEST(email_module, refuses_settings_that_cannot_work) {
    harness::world world;
    for (const int what : {0, 1, 2, 3}) {
        email::settings settings;
        if (what == 0) settings.from_address = "a@b.c>\r\nRCPT TO:<x@y.z>";
        if (what == 1) settings.from_name = "A\r\nBcc: x@evil.test";
        if (what == 2) settings.connections = 0;
        if (what == 3) settings.retry.clear();
        module_under_test email{world, settings};
        EXPECT_THROW(email.start(), core::fatal_error);
        email.abandon();
    }
    co_return;
}
