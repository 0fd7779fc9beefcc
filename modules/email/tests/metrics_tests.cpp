#include <atomic>
#include <cmath>
#include <core/task_group.hpp>

#include "module_under_test.hpp"

namespace {

using email::module_under_test;

core::awaitable<std::optional<double>> captured(module_under_test& email) {
    return harness::metric(email.world, R"(busbar_email_deliveries_total{outcome="captured"})");
}

core::awaitable<void> hold_a_reader(storage::database& database, std::atomic<std::size_t>& held,
                                    std::atomic<bool>& is_over) {
    std::ignore = co_await database.search([&](storage::reader&) {
        ++held;
        is_over.wait(false);
        return 0;
    });
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

// The rest is told all the same: a busy process is when they are wanted most.
CO_TEST(mail_metrics, of_the_queue_are_no_numbers_while_nobody_can_count) {
    module_under_test email;
    core::task_group searches{harness::loop(), email.world.clock, email.world.runtime.log_for("test")};
    std::atomic<std::size_t> held = 0;
    std::atomic<bool> is_over = false;
    const storage::database_settings usual{};
    const auto search = [&] { searches.spawn("search", hold_a_reader(email.database(), held, is_over)); };
    for (std::size_t i = 0; i < usual.readers; ++i) search();
    co_await harness::eventually([&] { return held == usual.readers; });
    for (std::size_t i = 0; i < usual.reader_queue; ++i) search();

    const auto queued = co_await harness::metric(email.world, R"(busbar_email_queue_mails{state="queued"})");
    const auto kept = co_await captured(email);
    is_over = true;
    is_over.notify_all();
    co_await searches.join();

    EXPECT_TRUE(std::isnan(queued.value()));
    EXPECT_EQ(kept, 0);
    EXPECT_EQ(co_await harness::metric(email.world, R"(busbar_email_queue_mails{state="queued"})"), 0);
}
