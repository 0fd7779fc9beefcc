#include <algorithm>
#include <atomic>

#include "module_under_test.hpp"
#include "scripted_smtp_server.hpp"

namespace {

using namespace std::chrono_literals;
using email::module_under_test;
using email::scripted_smtp_server;
using reply = std::optional<std::string>;

email::settings with_route(email::settings settings, const std::string& domain, const scripted_smtp_server& server) {
    settings.routes.push_back({domain, *email::settings_for(server).server});
    return settings;
}

// Who got a mail, in the order in which the server took them.
std::vector<std::string> receivers(const scripted_smtp_server& server) {
    std::vector<std::string> all;
    for (const auto& mail : server.mails()) all.insert(all.end(), mail.to.begin(), mail.to.end());
    return all;
}

std::string statuses(const email::email_view& mail) {
    std::string all;
    for (const auto& one : mail.recipients) all += one.status + ' ';
    return all;
}

}  // namespace

CO_TEST(mail_routes, a_server_that_is_stuck_keeps_nobody_elses_mail_waiting) {
    std::atomic<bool> is_stuck = true;
    scripted_smtp_server stuck{[&](std::size_t, const std::string& line) {
        if (line == "MESSAGE") is_stuck.wait(true);
        return reply{};
    }};
    scripted_smtp_server good;
    auto settings = email::settings_for(good);
    settings.connections = 2;
    module_under_test email{with_route(settings, "stuck.example", stuck)};

    for (int i = 0; i < 6; ++i) (void)co_await email.send("ada@stuck.example");
    for (int i = 0; i < 20; ++i) (void)co_await email.send("ada@example.org");
    co_await harness::eventually([&] { return good.mails().size() == 20; });
    EXPECT_TRUE(stuck.mails().empty());
    EXPECT_EQ(stuck.connections(), 2U);

    is_stuck = false;
    is_stuck.notify_all();
    co_await email.finished();
    EXPECT_EQ(stuck.mails().size(), 6U);
}

CO_TEST(mail_routes, a_server_that_is_away_costs_one_probe_and_no_other_mail) {
    std::atomic<int> probes = 0;
    scripted_smtp_server away{[&](std::size_t, const std::string& line) {
        if (line != "CONNECT") return reply{};
        ++probes;
        return reply{"421 4.3.2 not now\r\n"};
    }};
    scripted_smtp_server good;
    module_under_test email{with_route(email::settings_for(good), "away.example", away)};

    const auto waits = co_await email.send("ada@away.example");
    co_await email.advance(10s);
    const auto sent = co_await email.send("ada@example.org");
    co_await harness::eventually([&] { return email.published<email::email_sent>().size() == 1; });

    EXPECT_EQ((co_await email.get(waits)).status, "queued");
    EXPECT_EQ((co_await email.get(sent)).status, "sent");
    EXPECT_LE(probes, 5);
    CO_ASSERT_TRUE(email.servers_away().size() == 1);
    const auto told = email.servers_away().front();
    EXPECT_TRUE(told.starts_with("the mail server smtp://127.0.0.1:" + std::to_string(away.port()) + " takes no mail"))
        << told;
}

CO_TEST(mail_routes, a_mail_to_two_servers_has_a_fate_at_each) {
    std::atomic<bool> is_full = true;
    scripted_smtp_server one{[&](std::size_t, const std::string& line) {
        return line.starts_with("RCPT") && is_full ? reply{"452 4.2.2 mailbox full\r\n"} : reply{};
    }};
    scripted_smtp_server other;
    module_under_test email{with_route(email::settings_for(other), "one.example", one)};

    const email::send_email mail{
        .to = {"ada@one.example", "bob@example.org"}, .subject = "To two", .text = "Hello", .html = {}};
    const auto id = (co_await email.request(mail)).value().id;
    co_await email.finished();
    const auto first = co_await email.get(id);
    is_full = false;
    co_await email.advance(2s);
    const auto second = co_await email.get(id);

    EXPECT_EQ(first.status, "queued");
    EXPECT_TRUE(first.last_error.value_or("").ends_with("452 4.2.2 mailbox full")) << "whoever was the last";
    EXPECT_EQ(statuses(first), "pending sent ");
    EXPECT_EQ(second.status, "sent");
    EXPECT_EQ(statuses(second), "sent sent ");
    EXPECT_EQ(receivers(one), std::vector<std::string>{"<ada@one.example>"});
    EXPECT_EQ(receivers(other), std::vector<std::string>{"<bob@example.org>"});
    CO_ASSERT_TRUE(second.transcripts.has_value());
    EXPECT_EQ(second.transcripts->size(), 3U);
}

CO_TEST(mail_routes, what_has_no_server_is_kept_here) {
    scripted_smtp_server near;
    module_under_test email{with_route({}, "near.example", near)};

    const auto kept = co_await email.send("ada@example.org");
    const auto sent = co_await email.send("ada@near.example");
    co_await email.finished();

    EXPECT_EQ((co_await email.get(kept)).status, "captured");
    EXPECT_EQ((co_await email.get(sent)).status, "sent");
}

CO_TEST(mail_routes, what_waits_goes_where_the_settings_of_the_next_start_say) {
    scripted_smtp_server busy{[](std::size_t, const std::string& line) {
        return line.starts_with("RCPT") ? reply{"450 4.2.1 busy\r\n"} : reply{};
    }};
    scripted_smtp_server other;
    module_under_test email{email::settings_for(busy)};
    const auto sent = co_await email.send("ada@example.org");
    const auto kept = co_await email.send("ada@elsewhere.example");
    co_await email.finished();

    co_await email.reopen_with(with_route({}, "example.org", other));
    co_await harness::eventually([&] { return other.mails().size() == 1; });
    co_await email.finished();

    EXPECT_EQ((co_await email.get(sent)).status, "sent");
    EXPECT_EQ((co_await email.get(kept)).status, "captured");
}

CO_TEST(mail_routes, neither_new_mail_nor_a_backlog_keeps_the_other_waiting) {
    std::atomic<bool> is_busy = true;
    scripted_smtp_server server{[&](std::size_t, const std::string& line) {
        return line.starts_with("RCPT") && is_busy ? reply{"450 4.2.1 busy\r\n"} : reply{};
    }};
    auto settings = email::settings_for(server);
    settings.connections = 1;
    module_under_test email{settings};
    for (int i = 0; i < 10; ++i) (void)co_await email.send("old@example.org");
    co_await email.finished();
    is_busy = false;

    // All are due at the same time: what was tried before, and what is new.
    co_await email.database().write({}, [](storage::transaction& transaction) {
        transaction.execute("UPDATE recipients SET next_attempt_at = 9223372036854 WHERE status = 'pending'");
    });
    server.set_script([&](std::size_t, const std::string& line) {
        if (line.starts_with("EHLO") || line.starts_with("MAIL")) is_busy.wait(true);
        return reply{};
    });
    is_busy = true;
    for (int i = 0; i < 10; ++i) (void)co_await email.send("new@example.org");
    co_await email.database().write({}, [&](storage::transaction& transaction) {
        transaction.execute("UPDATE recipients SET next_attempt_at = ?1 WHERE status = 'pending'", transaction.now());
    });
    is_busy = false;
    is_busy.notify_all();
    co_await email.finished();

    const auto order = receivers(server);
    CO_ASSERT_TRUE(order.size() == 20);
    const auto first_half = std::span{order}.first(10);
    EXPECT_GE(std::ranges::count(first_half, "<old@example.org>"), 4);
    EXPECT_GE(std::ranges::count(first_half, "<new@example.org>"), 4);
}
