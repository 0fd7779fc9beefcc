#include <core/exit.hpp>

#include "module_under_test.hpp"

namespace {

using email::module_under_test;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

CO_TEST(email_module, captures_a_welcome_mail_with_the_confirmation_link) {
    module_under_test email;

    co_await email.user_registered("Ada", "Ada@Example.org");
    co_await email.finished();

    const auto mails = co_await email.all();
    CO_ASSERT_TRUE(mails.size() == 1);
    co_await email.finished();
    const auto mail = co_await email.get(mails[0].id);
    EXPECT_EQ(mail.status, "captured");
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
    EXPECT_EQ(email.published<email::email_queued>().size(), 1U);
    EXPECT_TRUE(email.published<email::email_sent>().empty());
}

CO_TEST(email_module, writes_no_second_mail_for_the_same_event_after_a_restart) {
    module_under_test email;
    co_await email.user_registered("Ada", "ada@example.org");
    co_await email.registration_repeated("ada@example.org", false);
    co_await email.finished();

    co_await email.reopen();
    co_await email.finished();

    EXPECT_EQ((co_await email.all()).size(), 2U);
    EXPECT_EQ(email.links_made, 2U);
}

// Each event of the two that registration_mails handles comes twice; the mail and what tells of it are there once.
CO_TEST(email_module, writes_one_mail_for_each_event_that_comes_again) {
    for (const auto repetition : {harness::redelivery::when_done, harness::redelivery::after_a_crash}) {
        module_under_test email;
        email.each_event = repetition;

        co_await email.user_registered("Ada", "ada@example.org");
        co_await email.registration_repeated("bob@example.org", true);
        co_await email.registration_repeated("eve@example.org", false);
        co_await email.finished();

        EXPECT_EQ(email.notes().deliveries.size(), 6U);
        EXPECT_EQ((co_await email.all()).size(), 3U);
        EXPECT_EQ(email.published<email::email_queued>().size(), 3U);
    }
}

CO_TEST(email_module, waits_for_the_link_while_registration_is_away) {
    module_under_test email;
    email.link_error = core::error{core::error_kind::no_handler, "not running"};

    co_await email.user_registered("Ada", "ada@example.org");
    co_await email.advance(std::chrono::minutes{10});
    EXPECT_TRUE((co_await email.all()).empty());
    email.link_error.reset();
    co_await email.advance(std::chrono::minutes{1});

    EXPECT_EQ((co_await email.all()).size(), 1U);
    EXPECT_EQ(email.count("parked"), 0) << "no attempt is counted";
}

CO_TEST(email_module, writes_no_second_mail_after_it_was_killed) {
    module_under_test email;
    co_await email.user_registered("Ada", "ada@example.org");
    co_await email.finished();

    co_await email.reopen(harness::ending::killed);
    co_await email.finished();

    EXPECT_EQ((co_await email.all()).size(), 1U);
    EXPECT_EQ(email.published<email::email_queued>().size(), 1U);
}

CO_TEST(email_module, sends_a_new_link_to_who_registers_again_without_having_confirmed) {
    module_under_test email;

    co_await email.registration_repeated("ada@example.org", false);
    co_await email.finished();

    const auto mails = co_await email.all();
    CO_ASSERT_TRUE(mails.size() == 1);
    EXPECT_TRUE(contains(mails[0].text.value_or(""), module_under_test::token));
}

CO_TEST(email_module, tells_the_owner_of_an_address_that_somebody_registered_again) {
    module_under_test email;

    co_await email.registration_repeated("ada@example.org", true);
    co_await email.finished();

    const auto mails = co_await email.all();
    CO_ASSERT_TRUE(mails.size() == 1);
    EXPECT_EQ(mails[0].subject, "You already have an account");
    EXPECT_TRUE(contains(mails[0].text.value_or(""), "http://127.0.0.1:8080/login"));
    EXPECT_EQ(email.links_made, 0U);
}

CO_TEST(email_module, writes_no_mail_to_a_user_who_is_confirmed_or_gone) {
    module_under_test email;

    for (const auto kind : {core::error_kind::conflict, core::error_kind::not_found}) {
        email.link_error = core::error{kind, "no"};
        co_await email.user_registered("Ada", "ada@example.org");
        co_await email.finished();
    }

    EXPECT_EQ(email.links_made, 2U);
    EXPECT_TRUE((co_await email.all()).empty());
}

CO_TEST(email_module, no_name_reaches_the_headers_or_the_html) {
    module_under_test email;

    co_await email.user_registered("A\r\nBcc: x@evil.test\r\n\r\n<img src=x onerror=alert(1)>", "ada@example.org");
    co_await email.finished();

    const auto mails = co_await email.all();
    CO_ASSERT_TRUE(mails.size() == 1);
    const auto raw = co_await email.request(email::get_raw_email{mails[0].id});
    CO_ASSERT_TRUE(raw.has_value());
    EXPECT_FALSE(contains(raw->message, "\r\nBcc:"));
    EXPECT_FALSE(contains(mails[0].html.value_or(""), "<img"));
    EXPECT_EQ(mails[0].to.size(), 1U);
}

CO_TEST(email_module, queues_what_it_is_asked_to_send_and_finds_it_again) {
    module_under_test email;
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
}

CO_TEST(email_module, captures_what_waits_although_the_clock_was_set_back) {
    module_under_test email;
    const auto id = co_await email.send();
    co_await email.finished();
    co_await email.database().write({}, [&email](storage::transaction& transaction) {
        const auto later = email.world.clock.now() + std::chrono::hours{1};
        transaction.execute("UPDATE emails SET status = 'queued', next_attempt_at = ?1", later);
        transaction.execute("UPDATE recipients SET status = 'pending', next_attempt_at = ?1", later);
    });

    co_await email.send();
    co_await email.finished();

    EXPECT_EQ((co_await email.get(id)).status, "captured");
}

CO_TEST(email_module, lists_by_status) {
    module_under_test email;
    co_await email.send();
    co_await email.finished();

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
}

CO_TEST(email_module, names_each_field_that_is_wrong) {
    module_under_test email;

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
}

CO_TEST(email_module, refuses_settings_that_cannot_work) {
    for (const int what : {0, 1, 2, 3}) {
        email::settings settings;
        if (what == 0) settings.from_address = "a@b.c>\r\nRCPT TO:<x@y.z>";
        if (what == 1) settings.from_name = "A\r\nBcc: x@evil.test";
        if (what == 2) settings.connections = 0;
        if (what == 3) settings.retry.clear();
        EXPECT_THROW((module_under_test{settings}), core::fatal_error);
    }
    co_return;
}
