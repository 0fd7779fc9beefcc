#include <atomic>
#include <utility>

#include "module_under_test.hpp"
#include "scripted_smtp_server.hpp"

namespace {

using namespace std::chrono_literals;
using email::module_under_test;
using email::release_email;
using email::scripted_smtp_server;
using reply = std::optional<std::string>;

// Mails are kept here, and may be released to this server.
email::settings captured_beside(const scripted_smtp_server& server, std::vector<std::string> to = {"@example.org"}) {
    auto settings = email::settings_for(server);
    settings.release_server = std::exchange(settings.server, std::nullopt);
    settings.release_to = std::move(to);
    return settings;
}

}  // namespace

CO_TEST(mail_release, sends_a_captured_mail_and_masks_its_token) {
    scripted_smtp_server server;
    module_under_test email{captured_beside(server)};
    co_await email.user_registered("Ada", "ada@example.org");
    co_await email.finished();
    const auto captured = (co_await email.all()).at(0);

    const auto answer = co_await email.request(release_email{captured.id});
    co_await email.finished();
    const auto sent = co_await email.get(captured.id);

    EXPECT_EQ(captured.status, "captured");
    EXPECT_NE(captured.text.value().find(module_under_test::token), std::string::npos);
    EXPECT_EQ(answer.value().status, "queued");
    EXPECT_EQ(sent.status, "sent");
    EXPECT_EQ(sent.attempts, 1);
    EXPECT_EQ(sent.text.value().find(module_under_test::token), std::string::npos);
    CO_ASSERT_TRUE(server.mails().size() == 1);
    EXPECT_NE(server.mails()[0].data.find("Message-Id: <" + sent.id), std::string::npos);
    EXPECT_EQ(email.published<email::email_sent>().size(), 1U);
    EXPECT_EQ((co_await email.request(release_email{captured.id})).error().detail,
              "Only a captured mail can be released; this one is sent.");
    EXPECT_EQ((co_await email.request(release_email{"none"})).error().kind, core::error_kind::not_found);
}

CO_TEST(mail_release, goes_to_none_when_one_of_them_is_not_on_the_list) {
    scripted_smtp_server server;
    module_under_test email{captured_beside(server, {"ada@example.org", "@example.net"})};
    const email::send_email mail{.to = {"ADA@Example.org", "x@example.net", "ada@sub.example.net"},
                                 .subject = "To three",
                                 .text = "Hello",
                                 .html = {}};
    const auto id = (co_await email.request(mail)).value().id;
    co_await email.finished();

    const auto answer = co_await email.request(release_email{id});
    co_await email.finished();

    EXPECT_EQ(answer.error().kind, core::error_kind::conflict);
    EXPECT_EQ(answer.error().detail,
              "Mails may not be released to ada@sub.example.net: email.release_to does not name it.");
    EXPECT_TRUE(server.mails().empty());
    EXPECT_EQ((co_await email.get(id)).status, "captured");
}

CO_TEST(mail_release, says_that_there_is_no_server) {
    module_under_test email{email::settings{.release_to = {"*"}}};
    const auto id = co_await email.send();
    co_await email.finished();

    const auto answer = co_await email.request(release_email{id});

    EXPECT_EQ(answer.error().kind, core::error_kind::conflict);
    EXPECT_NE(answer.error().detail.find("email.release_url"), std::string::npos);
}

CO_TEST(mail_release, of_an_old_mail_goes_the_way_of_new_ones) {
    scripted_smtp_server server;
    module_under_test email;
    const auto id = co_await email.send();
    co_await email.finished();
    auto settings = email::settings_for(server);
    settings.release_to = {"*"};
    co_await email.reopen_with(settings);

    const auto answer = co_await email.request(release_email{id});
    co_await email.finished();

    EXPECT_TRUE(answer.has_value());
    EXPECT_EQ((co_await email.get(id)).status, "sent");
}

CO_TEST(mail_release, is_not_forgotten_when_the_process_ends) {
    std::atomic<bool> is_busy = true;
    scripted_smtp_server server{[&](std::size_t, const std::string& line) {
        return line == "MESSAGE" && is_busy ? reply{"451 4.3.0 later\r\n"} : std::nullopt;
    }};
    module_under_test email{captured_beside(server)};
    const auto id = co_await email.send();
    co_await email.finished();
    (void)co_await email.request(release_email{id});
    co_await email.finished();
    const auto waits = co_await email.get(id);
    is_busy = false;

    co_await email.reopen();
    co_await email.advance(2s);

    EXPECT_EQ(waits.status, "queued");
    EXPECT_EQ(waits.last_error, "451 4.3.0 later");
    EXPECT_EQ((co_await email.get(id)).status, "sent");
}

CO_TEST(mail_release, that_waits_is_kept_here_again_when_it_may_not_go_any_more) {
    scripted_smtp_server server{[](std::size_t, const std::string& line) {
        return line == "MESSAGE" ? reply{"451 4.3.0 later\r\n"} : std::nullopt;
    }};
    module_under_test email{captured_beside(server)};
    const auto id = co_await email.send();
    co_await email.finished();
    (void)co_await email.request(release_email{id});
    co_await email.finished();

    co_await email.reopen_with(captured_beside(server, {}));
    co_await email.until(id, "captured");

    EXPECT_FALSE((co_await email.get(id)).next_attempt_at);
}

CO_TEST(mail_release, that_failed_is_sent_again_on_request) {
    std::atomic<bool> is_full = true;
    scripted_smtp_server server{[&](std::size_t, const std::string& line) {
        return line.starts_with("RCPT") && is_full ? reply{"550 5.1.1 no such user\r\n"} : std::nullopt;
    }};
    module_under_test email{captured_beside(server)};
    const auto id = co_await email.send();
    co_await email.finished();
    (void)co_await email.request(release_email{id});
    co_await email.finished();
    const auto failed = co_await email.get(id);
    is_full = false;

    (void)co_await email.request(email::retry_email{id});
    co_await email.finished();

    EXPECT_EQ(failed.status, "failed");
    EXPECT_EQ((co_await email.get(id)).status, "sent");
}

// A failed mail of an earlier start names a server that may be gone.
CO_TEST(mail_release, a_failed_mail_that_is_sent_again_goes_where_the_settings_say_now) {
    scripted_smtp_server old{[](std::size_t, const std::string& line) {
        return line.starts_with("RCPT") ? reply{"550 5.1.1 no such user\r\n"} : std::nullopt;
    }};
    scripted_smtp_server now;
    module_under_test email{email::settings_for(old)};
    const auto id = co_await email.send();
    co_await email.finished();
    co_await email.reopen_with(email::settings_for(now));

    (void)co_await email.request(email::retry_email{id});
    co_await email.finished();

    EXPECT_EQ((co_await email.get(id)).status, "sent");
    EXPECT_EQ(now.mails().size(), 1U);
}
