#include "module_under_test.hpp"

// They open no socket, but a sender with its threads takes too long for the tests of the module alone.
namespace {

using namespace std::chrono_literals;
using email::module_under_test;

email::settings captured_with(email::chaos_settings chaos) {
    email::settings settings;
    settings.chaos = chaos;
    return settings;
}

}  // namespace

CO_TEST(chaos_delivery, a_captured_mail_that_is_deferred_waits_as_if_for_a_server) {
    module_under_test email{captured_with({.defer = 1})};
    const auto id = co_await email.send();
    co_await email.advance(3s);
    const auto waits = co_await email.get(id);

    co_await email.reopen_with(captured_with({}));
    co_await email.advance(1min);
    const auto kept = co_await email.get(id);

    EXPECT_EQ(waits.status, "queued");
    EXPECT_EQ(waits.attempts, 2);
    EXPECT_EQ(waits.last_error, "451 4.3.0 chaos: come back later");
    EXPECT_EQ(waits.transcripts.value().size(), 2U);
    EXPECT_EQ(kept.status, "captured");
    EXPECT_FALSE(kept.last_error);
    EXPECT_EQ(kept.attempts, 3);
    EXPECT_FALSE(kept.sent_at);
    EXPECT_TRUE(email.published<email::email_sent>().empty());
}

CO_TEST(chaos_delivery, a_captured_mail_that_is_refused_has_failed_and_can_be_tried_again) {
    module_under_test email{captured_with({.refuse = 1})};
    const auto id = co_await email.send();
    co_await email.finished();
    const auto refused = co_await email.get(id);

    co_await email.reopen_with({});
    (void)co_await email.request(email::retry_email{id});
    co_await email.finished();

    EXPECT_EQ(refused.status, "failed");
    EXPECT_EQ(email.published<email::email_failed>().size(), 1U);
    EXPECT_EQ((co_await email.get(id)).status, "captured");
}

CO_TEST(chaos_delivery, a_captured_mail_keeps_its_token) {
    module_under_test email{captured_with({})};
    co_await email.user_registered("Ada", "ada@example.org");
    co_await email.finished();

    const auto mail = (co_await email.all()).at(0);
    EXPECT_EQ(mail.status, "captured");
    EXPECT_NE(mail.text.value().find(module_under_test::token), std::string::npos);
}
