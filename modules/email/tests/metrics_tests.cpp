#include "module_under_test.hpp"

namespace {

using email::module_under_test;

core::awaitable<std::optional<double>> captured(module_under_test& email) {
    return harness::metric(email.world, R"(busbar_email_deliveries_total{outcome="captured"})");
}

}  // namespace

CO_TEST(mail_metrics, count_what_is_kept_here) {
    module_under_test email;

    EXPECT_EQ(co_await captured(email), 0);
    (void)co_await email.request(email::send_email{
        .to = {"ada@example.org", "bob@example.org"}, .subject = "A subject", .text = "A text", .html = {}});
    co_await email.user_registered("Eve", "eve@example.org");
    co_await email.finished();

    EXPECT_EQ(co_await captured(email), 3);
    EXPECT_EQ(co_await harness::metric(email.world, "busbar_email_delivery_seconds_count"), 0) << "sent nowhere";
    EXPECT_EQ((co_await email.world.metrics.text()).find("server="), std::string::npos);
}

// The event comes again; what was counted is what was committed.
CO_TEST(mail_metrics, count_once_what_happens_once) {
    module_under_test email;
    email.each_event = harness::redelivery::after_a_crash;

    co_await email.user_registered("Ada", "ada@example.org");
    co_await email.finished();

    EXPECT_EQ(co_await captured(email), 1);
}
