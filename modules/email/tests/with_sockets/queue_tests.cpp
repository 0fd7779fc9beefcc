#include <algorithm>
#include <atomic>
#include <set>

#include "module_under_test.hpp"
#include "scripted_smtp_server.hpp"

namespace {

using namespace std::chrono_literals;
using email::module_under_test;
using email::scripted_smtp_server;
using reply = std::optional<std::string>;

// The Message-ID of each mail that a server has got.
std::multiset<std::string> message_ids(const scripted_smtp_server& server) {
    std::multiset<std::string> ids;
    for (const auto& mail : server.mails()) {
        const auto begin = mail.data.find("Message-Id: ");
        ids.insert(mail.data.substr(begin, mail.data.find("\r\n", begin) - begin));
    }
    return ids;
}

// As a process that was killed leaves them.
core::awaitable<void> are_under_way(module_under_test& email) {
    co_await email.database().write({}, [](storage::transaction& transaction) {
        transaction.execute("UPDATE emails SET status = 'sending', attempts = 1");
        transaction.execute("UPDATE recipients SET status = 'sending', attempts = 1");
    });
}

}  // namespace

CO_TEST(mail_queue, tries_again_after_a_temporary_refusal_with_the_same_message_id) {
    std::atomic<int> refusals = 2;
    scripted_smtp_server server{[&](std::size_t, const std::string& line) {
        return line == "MESSAGE" && refusals-- > 0 ? reply{"451 4.3.0 later\r\n"} : std::nullopt;
    }};
    module_under_test email{email::settings_for(server)};

    const auto id = co_await email.send();
    const auto began = email.world.clock.now();
    co_await email.finished();
    auto mail = co_await email.get(id);
    EXPECT_EQ(mail.attempts, 1);
    EXPECT_EQ(mail.status, "queued");
    EXPECT_EQ(mail.last_error, "451 4.3.0 later");
    CO_ASSERT_TRUE(mail.next_attempt_at.has_value());
    EXPECT_GE(*mail.next_attempt_at, began + 1s);
    EXPECT_LE(*mail.next_attempt_at, began + 1200ms);

    co_await email.advance(10s);
    mail = co_await email.get(id);
    EXPECT_EQ(mail.status, "sent");

    EXPECT_EQ(mail.attempts, 3);
    EXPECT_FALSE(mail.last_error);
    EXPECT_EQ(message_ids(server).size(), 1U);
}

CO_TEST(mail_queue, ends_with_a_permanent_refusal) {
    scripted_smtp_server server{[](std::size_t, const std::string& line) {
        return line.starts_with("RCPT") ? reply{"550 5.1.1 no such user\r\n"} : std::nullopt;
    }};
    module_under_test email{email::settings_for(server)};

    const auto id = co_await email.send();
    co_await email.finished();
    const auto mail = co_await email.get(id);
    EXPECT_EQ(mail.status, "failed");

    EXPECT_EQ(mail.attempts, 1);
    EXPECT_EQ(mail.last_error, "550 5.1.1 no such user");
    EXPECT_FALSE(mail.next_attempt_at);
    const auto events = email.published<email::email_failed>();
    CO_ASSERT_TRUE(events.size() == 1);
    EXPECT_EQ(events[0].email_id, mail.id);
    EXPECT_EQ(events[0].reply_code, 550);
    EXPECT_EQ(bus::encode(events[0]).find("no such user"), std::string::npos);
}

CO_TEST(mail_queue, gives_up_when_a_mail_has_become_too_old) {
    scripted_smtp_server server{[](std::size_t, const std::string& line) {
        return line.starts_with("RCPT") ? reply{"450 4.2.1 busy\r\n"} : std::nullopt;
    }};
    auto settings = email::settings_for(server);
    settings.give_up_after = 1min;
    module_under_test email{settings};

    const auto id = co_await email.send();
    co_await email.advance(3min);

    const auto mail = co_await email.get(id);
    EXPECT_EQ(mail.status, "failed");
    EXPECT_GE(mail.attempts, 3);
    EXPECT_EQ(mail.last_error, "450 4.2.1 busy");
    EXPECT_EQ(email.published<email::email_failed>().size(), 1U);
}

CO_TEST(mail_queue, costs_no_attempts_while_the_server_is_away) {
    std::atomic<bool> away = true;
    std::atomic<int> probes = 0;
    scripted_smtp_server server{[&](std::size_t, const std::string& line) {
        if (line != "CONNECT" || !away) return reply{};
        ++probes;
        return reply{"421 4.3.2 not now\r\n"};
    }};
    module_under_test email{email::settings_for(server)};

    std::vector<std::string> ids;
    for (int i = 0; i < 20; ++i) ids.push_back(co_await email.send());
    co_await email.advance(60s);
    EXPECT_EQ(email.servers_away().size(), 1U);
    EXPECT_LE(probes, 4 + 7);  // what was under way at first, then pauses of 1, 2, 4, 8, 16, 30 s
    for (const auto& mail : co_await email.all()) EXPECT_LE(mail.attempts, 1);

    away = false;
    co_await email.advance(1min);
    for (const auto& mail : co_await email.all()) {
        EXPECT_EQ(mail.status, "sent");
        EXPECT_EQ(mail.attempts, 1);
    }
    EXPECT_EQ(message_ids(server).size(), ids.size());
    EXPECT_TRUE(email.servers_away().empty());
}

CO_TEST(mail_queue, ends_mails_that_grew_too_old_while_the_server_was_away) {
    scripted_smtp_server server{[&](std::size_t, const std::string& line) {
        return line == "CONNECT" ? reply{"421 4.3.2 not now\r\n"} : reply{};
    }};
    auto settings = email::settings_for(server);
    settings.give_up_after = 1min;
    module_under_test email{settings};
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) ids.push_back(co_await email.send());

    co_await email.advance(5min);

    for (const auto& id : ids) EXPECT_EQ((co_await email.get(id)).status, "failed");
    EXPECT_EQ(email.published<email::email_failed>().size(), ids.size());
}

CO_TEST(mail_queue, sends_many_mails_over_few_connections) {
    scripted_smtp_server server;
    module_under_test email{email::settings_for(server)};

    std::vector<std::string> ids;
    for (int i = 0; i < 200; ++i) ids.push_back(co_await email.send());
    co_await email.finished();

    EXPECT_EQ(message_ids(server).size(), ids.size());
    EXPECT_LE(server.connections(), 4U);
    EXPECT_EQ(email.published<email::email_sent>().size(), ids.size());
}

CO_TEST(mail_queue, sends_again_what_was_under_way_when_the_process_ended) {
    scripted_smtp_server server;
    module_under_test email;  // captures
    const auto id = co_await email.send();
    co_await email.finished();
    co_await are_under_way(email);

    co_await email.reopen_with(email::settings_for(server));
    co_await email.finished();

    const auto mail = co_await email.get(id);
    EXPECT_EQ(mail.status, "sent");
    EXPECT_EQ(mail.attempts, 2);
    EXPECT_EQ(*message_ids(server).begin(), "Message-Id: <" + id + "@localhost>");
}

CO_TEST(mail_queue, says_of_a_mail_that_was_under_way_that_it_is_possibly_delivered) {
    module_under_test email;  // captures
    const auto id = co_await email.send();
    co_await email.finished();
    co_await are_under_way(email);
    scripted_smtp_server away{[](std::size_t, const std::string& line) {
        return line == "CONNECT" ? reply{"421 4.3.2 not now\r\n"} : std::nullopt;
    }};

    co_await email.reopen_with(email::settings_for(away));
    co_await email.finished();

    const auto mail = co_await email.get(id);
    EXPECT_EQ(mail.status, "queued");
    EXPECT_EQ(mail.last_error, "421 4.3.2 not now");
    EXPECT_TRUE(mail.recipients.at(0).reply.value_or("").starts_with("possibly delivered"));
}

CO_TEST(mail_queue, lets_the_mails_end_that_are_being_sent_when_it_stops) {
    std::atomic<bool> held = true;
    scripted_smtp_server server{[&](std::size_t, const std::string& line) -> reply {
        if (line == "MESSAGE") held.wait(true);
        return std::nullopt;
    }};
    module_under_test email{email::settings_for(server)};
    const auto id = co_await email.send();
    co_await harness::eventually([&] { return std::ranges::count(server.lines(), "DATA") == 1; });

    std::thread release{[&] {
        held = false;
        held.notify_all();
    }};
    co_await email.reopen();
    release.join();

    EXPECT_EQ((co_await email.get(id)).status, "sent");
    EXPECT_EQ(server.mails().size(), 1U);
}

CO_TEST(mail_queue, breaks_off_what_does_not_end_in_time_and_keeps_it) {
    std::atomic<bool> held = true;
    scripted_smtp_server server{[&](std::size_t, const std::string& line) -> reply {
        if (!line.starts_with("RCPT")) return std::nullopt;
        held.wait(true);
        return "";
    }};
    module_under_test email{email::settings_for(server)};
    email.stops_within = 10ms;
    const auto id = co_await email.send();
    co_await harness::eventually([&] { return std::ranges::count(server.lines(), "RCPT TO:<ada@example.org>") == 1; });

    co_await email.stop();
    held = false;
    held.notify_all();
    co_await email.reopen_with({});
    co_await email.finished();

    EXPECT_EQ((co_await email.get(id)).status, "captured");
}

namespace {

std::string recipients_of(const email::email_view& mail) {
    std::string text;
    for (const auto& one : mail.recipients)
        text += one.address.substr(0, one.address.find('@')) + " " + one.status + ";";
    return text;
}

// Takes mail for ada, knows no bob, has no room for eve as long as `is_full`.
scripted_smtp_server::script of_three(const std::atomic<bool>& is_full) {
    return [&is_full](std::size_t, const std::string& line) -> reply {
        if (line.starts_with("RCPT TO:<bob")) return "550 5.1.1 no such user\r\n";
        if (line.starts_with("RCPT TO:<eve") && is_full) return "452 4.2.2 mailbox full\r\n";
        return std::nullopt;
    };
}

const email::send_email to_three{.to = {"ada@example.org", "bob@example.org", "eve@example.org"},
                                 .subject = "To three",
                                 .text = "Hello",
                                 .html = {}};

}  // namespace

CO_TEST(mail_queue, keeps_what_came_of_each_recipient_and_repeats_for_those_alone_who_wait) {
    std::atomic<bool> is_full = true;
    scripted_smtp_server server{of_three(is_full)};
    module_under_test email{email::settings_for(server)};

    const auto id = (co_await email.request(to_three)).value().id;
    co_await email.finished();
    const auto first = co_await email.get(id);
    is_full = false;
    co_await email.advance(2s);
    const auto second = co_await email.get(id);

    EXPECT_EQ(first.status, "queued");
    EXPECT_EQ(recipients_of(first), "ada sent;bob failed;eve pending;");
    EXPECT_EQ(first.last_error, "bob@example.org: 550 5.1.1 no such user");
    EXPECT_EQ(first.recipients[2].reply, "452 4.2.2 mailbox full");
    EXPECT_TRUE(first.sent_at.has_value());
    EXPECT_EQ(second.status, "failed") << "for one of them";
    EXPECT_EQ(recipients_of(second), "ada sent;bob failed;eve sent;");
    EXPECT_EQ(second.last_error, "bob@example.org: 550 5.1.1 no such user");
    const auto mails = server.mails();
    CO_ASSERT_TRUE(mails.size() == 2);
    EXPECT_EQ(mails[1].to, std::vector<std::string>{"<eve@example.org>"});
    const auto sent = email.published<email::email_sent>();
    const auto failed = email.published<email::email_failed>();
    CO_ASSERT_TRUE(sent.size() == 2 && failed.size() == 1);
    EXPECT_EQ(sent[0].to, std::vector<std::string>{"ada@example.org"});
    EXPECT_EQ(sent[1].to, std::vector<std::string>{"eve@example.org"});
    EXPECT_EQ(failed[0].to, std::vector<std::string>{"bob@example.org"});
    EXPECT_EQ(failed[0].reply_code, 550);
}

// The word about bob, who was asked about last, is none about the message.
CO_TEST(mail_queue, a_connection_that_is_dropped_at_the_content_fails_nobody_who_was_accepted) {
    std::atomic<bool> is_dropped = true;
    scripted_smtp_server server{[&](std::size_t, const std::string& line) {
        if (line.starts_with("RCPT TO:<bob")) return reply{"550 5.1.1 no such user\r\n"};
        return line == "DATA" && is_dropped ? reply{""} : std::nullopt;
    }};
    module_under_test email{email::settings_for(server)};
    const email::send_email to_two{
        .to = {"ada@example.org", "bob@example.org"}, .subject = "To two", .text = "Hello", .html = {}};

    const auto id = (co_await email.request(to_two)).value().id;
    co_await email.finished();
    const auto first = co_await email.get(id);
    is_dropped = false;
    co_await email.advance(2s);

    EXPECT_EQ(recipients_of(first), "ada pending;bob failed;");
    EXPECT_FALSE(first.recipients.at(0).reply.value_or("").starts_with("550"));
    EXPECT_EQ(recipients_of(co_await email.get(id)), "ada sent;bob failed;");
}

CO_TEST(mail_queue, a_deleted_account_keeps_no_mail_waiting_and_takes_nobody_elses_with_it) {
    std::atomic<bool> is_full = true;
    scripted_smtp_server server{of_three(is_full)};
    module_under_test email{email::settings_for(server)};
    const auto failed_for_bob = (co_await email.request(to_three)).value().id;
    const email::send_email to_two{
        .to = {"ada@example.org", "eve@example.org"}, .subject = "To two", .text = "Hello", .html = {}};
    const auto done_for_ada = (co_await email.request(to_two)).value().id;
    co_await email.finished();

    co_await email.happened(registration::user_deleted{"u1", "Eve", "eve@example.org"});
    co_await email.finished();

    const auto kept = co_await email.get(failed_for_bob);
    EXPECT_EQ(recipients_of(kept), "ada sent;bob failed;");
    EXPECT_EQ(kept.status, "failed") << "it waits for nobody";
    EXPECT_TRUE((co_await email.request(email::retry_email{failed_for_bob})).has_value());
    EXPECT_EQ((co_await email.request(email::get_email{done_for_ada})).error().kind, core::error_kind::not_found);
}

CO_TEST(mail_queue, a_failed_mail_that_is_sent_again_goes_to_those_alone_for_whom_it_failed) {
    std::atomic<bool> is_full = true;
    scripted_smtp_server server{of_three(is_full)};
    auto settings = email::settings_for(server);
    settings.give_up_after = 1min;
    module_under_test email{settings};
    const auto id = (co_await email.request(to_three)).value().id;
    co_await email.advance(10min);
    const auto given_up = co_await email.get(id);
    is_full = false;

    const auto again = co_await email.request(email::retry_email{id});
    co_await email.finished();
    const auto after = co_await email.get(id);
    const auto done = co_await email.request(email::retry_email{id});

    EXPECT_EQ(given_up.status, "failed");
    EXPECT_EQ(recipients_of(given_up), "ada sent;bob failed;eve failed;");
    EXPECT_EQ(again.value().status, "queued");
    EXPECT_EQ(recipients_of(after), "ada sent;bob failed;eve sent;");
    EXPECT_EQ(after.attempts, 1) << "counted anew";
    EXPECT_TRUE(done.has_value()) << "bob may be tried again";
    EXPECT_EQ((co_await email.request(email::retry_email{"none"})).error().kind, core::error_kind::not_found);
}

CO_TEST(mail_queue, a_mail_that_waits_is_sent_at_once_when_somebody_asks) {
    std::atomic<bool> is_busy = true;
    scripted_smtp_server server{[&](std::size_t, const std::string& line) {
        return line == "MESSAGE" && is_busy ? reply{"451 4.3.0 later\r\n"} : std::nullopt;
    }};
    module_under_test email{email::settings_for(server)};
    const auto id = co_await email.send();
    co_await email.finished();
    is_busy = false;

    (void)co_await email.request(email::retry_email{id});
    co_await email.finished();

    EXPECT_EQ((co_await email.get(id)).status, "sent");
    EXPECT_EQ((co_await email.request(email::retry_email{id})).error().kind, core::error_kind::conflict);
}
