#include <atomic>

#include "module_under_test.hpp"
#include "scripted_smtp_server.hpp"

namespace {

using namespace std::chrono_literals;
using email::module_under_test;
using email::scripted_smtp_server;
using reply = std::optional<std::string>;

// Of the recipients so far.
core::awaitable<double> count(module_under_test& email, std::string outcome) {
    const auto series = "busbar_email_deliveries_total{outcome=\"" + outcome + "\"}";
    co_return (co_await harness::metric(email.world, series)).value();
}

core::awaitable<std::optional<double>> queued(module_under_test& email) {
    return harness::metric(email.world, R"(busbar_email_queue_mails{state="queued"})");
}

std::string of_server(const std::string& name, const scripted_smtp_server& server) {
    return name + "{server=\"smtp://127.0.0.1:" + std::to_string(server.port()) + "\"}";
}

core::awaitable<core::result<email::email_accepted>> send(module_under_test& email, std::vector<std::string> to) {
    return email.request(email::send_email{.to = std::move(to), .subject = "A subject", .text = "A text", .html = {}});
}

}  // namespace

CO_TEST(mail_metrics, count_each_recipient_by_what_became_of_it) {
    std::atomic<bool> is_busy = true;
    scripted_smtp_server server{[&](std::size_t, const std::string& line) {
        if (line.starts_with("RCPT TO:<gone@")) return reply{"550 5.1.1 no such user\r\n"};
        return is_busy && line.starts_with("RCPT TO:<busy@") ? reply{"450 4.2.1 busy\r\n"} : std::nullopt;
    }};
    module_under_test email{email::settings_for(server)};

    (void)co_await send(email, {"ada@example.org", "bob@example.org", "gone@example.org", "busy@example.org"});
    co_await email.finished();
    EXPECT_EQ(co_await count(email, "sent"), 2);
    EXPECT_EQ(co_await count(email, "failed"), 1);
    EXPECT_EQ(co_await count(email, "deferred"), 1);

    is_busy = false;
    co_await email.advance(2s);
    EXPECT_EQ(co_await count(email, "sent"), 3);
    EXPECT_EQ(co_await count(email, "failed"), 1);
    EXPECT_EQ(co_await count(email, "deferred"), 1);
    EXPECT_EQ(co_await count(email, "captured"), 0);
}

CO_TEST(mail_metrics, measure_how_long_a_recipient_waited_and_how_long_the_server_took) {
    std::atomic<int> refusals = 1;
    scripted_smtp_server server{[&](std::size_t, const std::string& line) {
        return line == "MESSAGE" && refusals-- > 0 ? reply{"451 4.3.0 later\r\n"} : std::nullopt;
    }};
    module_under_test email{email::settings_for(server)};
    const auto told = [&](std::string series) { return harness::metric(email.world, std::move(series)); };

    (void)co_await send(email, {"ada@example.org", "bob@example.org"});
    co_await email.finished();
    EXPECT_EQ(co_await told("busbar_email_delivery_seconds_count"), 0);
    co_await email.advance(3s);

    EXPECT_EQ(co_await told("busbar_email_delivery_seconds_count"), 2);
    EXPECT_EQ(co_await told(R"(busbar_email_delivery_seconds_bucket{le="0.5"})"), 0);
    EXPECT_EQ(co_await told(R"(busbar_email_delivery_seconds_bucket{le="5"})"), 2);
    EXPECT_EQ(co_await told(of_server("busbar_email_smtp_attempt_seconds_count", server)), 2);
}

CO_TEST(mail_metrics, tell_how_long_the_queue_is_and_how_old) {
    scripted_smtp_server server{[](std::size_t, const std::string& line) {
        return line == "MESSAGE" ? reply{"451 4.3.0 later\r\n"} : std::nullopt;
    }};
    auto settings = email::settings_for(server);
    settings.retry = {1h};
    module_under_test email{settings};
    const auto told = [&](std::string series) { return harness::metric(email.world, std::move(series)); };

    EXPECT_EQ(co_await told("busbar_email_oldest_queued_seconds"), 0);
    (void)co_await send(email, {"ada@example.org"});
    co_await email.advance(2min);
    (void)co_await send(email, {"bob@example.org"});
    co_await email.finished();

    EXPECT_EQ(co_await queued(email), 2);
    EXPECT_EQ(co_await told(R"(busbar_email_queue_mails{state="sending"})"), 0);
    EXPECT_EQ(co_await told("busbar_email_oldest_queued_seconds"), 120);
    server.set_script({});
    co_await email.advance(3h);
    EXPECT_EQ(co_await queued(email), 0);
    EXPECT_EQ(co_await told("busbar_email_oldest_queued_seconds"), 0);
}

CO_TEST(mail_metrics, tell_what_is_under_way_and_over_which_connections) {
    std::atomic<bool> is_slow = true;
    scripted_smtp_server server{[&](std::size_t, const std::string& line) {
        if (line == "MESSAGE") is_slow.wait(true);
        return reply{};
    }};
    module_under_test email{email::settings_for(server)};
    const auto told = [&](std::string series) { return harness::metric(email.world, std::move(series)); };
    const auto connections = of_server("busbar_email_smtp_connections", server);

    (void)co_await send(email, {"ada@example.org"});
    (void)co_await send(email, {"bob@example.org"});
    co_await harness::eventually([&] { return server.connections() == 2; });
    EXPECT_EQ(co_await told(R"(busbar_email_queue_mails{state="sending"})"), 2);
    EXPECT_EQ(co_await told(connections), 2);

    is_slow = false;
    is_slow.notify_all();
    co_await email.finished();
    EXPECT_EQ(co_await told(R"(busbar_email_queue_mails{state="sending"})"), 0);
    EXPECT_EQ(co_await told(connections), 2) << "they are kept";
    co_await email.stop();
    EXPECT_EQ(co_await told(connections), 0);
}

CO_TEST(mail_metrics, tell_of_each_server_whether_it_takes_mail) {
    scripted_smtp_server good;
    scripted_smtp_server away{[](std::size_t, const std::string& line) {
        return line == "CONNECT" ? reply{"421 4.3.2 not now\r\n"} : std::nullopt;
    }};
    auto settings = email::settings_for(good);
    settings.routes.push_back({"away.example", *email::settings_for(away).server});
    settings.give_up_after = 1min;
    module_under_test email{settings};
    const auto available = [&](const scripted_smtp_server& server) {
        return harness::metric(email.world, of_server("busbar_email_server_available", server));
    };
    EXPECT_EQ(co_await available(away), 1);

    (void)co_await send(email, {"ada@away.example", "bob@away.example"});
    co_await email.advance(10s);
    EXPECT_EQ(co_await available(away), 0);
    EXPECT_EQ(co_await available(good), 1);
    EXPECT_EQ(co_await count(email, "deferred"), 0) << "it cost no attempt";
    EXPECT_EQ(co_await harness::metric(email.world, of_server("busbar_email_smtp_connections", away)), 0);

    co_await email.advance(2min);
    EXPECT_EQ(co_await count(email, "failed"), 2) << "they waited for too long";
    away.set_script({});
    (void)co_await send(email, {"eve@away.example"});
    co_await email.advance(1min);
    EXPECT_EQ(co_await available(away), 1);
    EXPECT_EQ(co_await count(email, "sent"), 1);
}

CO_TEST(mail_metrics, name_no_account_of_a_server_and_no_address) {
    scripted_smtp_server server{{}, {"8BITMIME", "AUTH PLAIN"}};
    auto settings = email::settings_for(server);
    settings.server->user = "canary-user@example.org";
    settings.server->password = "canary-password";
    module_under_test email{settings};

    const auto id = (co_await send(email, {"canary@example.org"})).value().id;
    co_await email.finished();

    const auto text = co_await email.world.metrics.text();
    EXPECT_NE(text.find("busbar_email_smtp_connections{server=\"smtp://127.0.0.1:"), std::string::npos);
    EXPECT_EQ(text.find("canary"), std::string::npos) << text;
    EXPECT_EQ(text.find(id), std::string::npos) << text;
}
