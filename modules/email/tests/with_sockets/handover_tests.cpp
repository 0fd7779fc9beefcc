#include <algorithm>
#include <atomic>
#include <chrono>
#include <core/test_point.hpp>
#include <filesystem>
#include <semaphore>
#include <stdexcept>
#include <thread>

#include "module_under_test.hpp"
#include "scripted_smtp_server.hpp"

namespace {

using namespace std::chrono_literals;
using email::module_under_test;
using email::scripted_smtp_server;
using reply = std::optional<std::string>;

email::settings one_connection_to(const scripted_smtp_server& server) {
    auto settings = email::settings_for(server);
    settings.connections = 1;
    return settings;
}

std::size_t count_lines(const scripted_smtp_server& server, const std::string& wanted) {
    const auto lines = server.lines();
    return static_cast<std::size_t>(std::ranges::count(lines, wanted));
}

#ifdef BUSBAR_TEST_POINTS

// What happens at each commit of the writer, while it lives. To be made before the module, whose threads call it.
class at_each_commit {
public:
    explicit at_each_commit(std::string_view point, std::function<void()> action) {
        core::test_point_hook() = [point, action = std::move(action)](std::string_view name) {
            if (name == point) action();
        };
    }
    at_each_commit(const at_each_commit&) = delete;
    at_each_commit& operator=(const at_each_commit&) = delete;
    ~at_each_commit() { core::test_point_hook() = nullptr; }
};

// From order() on the next commit waits until happened() was called, 5 s at most. To be made before the module.
class commit_that_waits {
public:
    void order() { is_ordered_ = true; }
    void happened() { signal_.release(); }
    [[nodiscard]] bool was_in_time() const { return was_in_time_; }

private:
    std::atomic<bool> is_ordered_ = false;
    std::atomic<bool> was_in_time_ = false;
    std::counting_semaphore<> signal_{0};
    at_each_commit waiting_{"before commit", [this] {
                                if (is_ordered_.exchange(false)) was_in_time_ = signal_.try_acquire_for(5s);
                            }};
};

#endif

}  // namespace

#ifdef BUSBAR_TEST_POINTS

CO_TEST(mail_handover, needs_one_commit_between_an_order_and_its_data_when_a_connection_rests) {
    std::atomic<int> commits = 0;
    std::atomic<int> commits_at_data = 0;
    const at_each_commit counted{"after commit", [&] { ++commits; }};
    scripted_smtp_server server{[&](std::size_t, const std::string& line) {
        if (line == "DATA") commits_at_data = commits.load();
        return reply{};
    }};
    module_under_test email{email::settings_for(server)};
    co_await email.finished();
    const auto before = commits.load();

    const auto id = co_await email.send();
    co_await email.finished();

    EXPECT_EQ(commits_at_data, before + 1);
    const auto mail = co_await email.get(id);
    EXPECT_EQ(mail.status, "sent");
    EXPECT_EQ(mail.attempts, 1);
}

CO_TEST(mail_handover, names_the_receivers_to_the_server_while_the_mail_is_being_committed) {
    commit_that_waits commit;
    scripted_smtp_server server{[&](std::size_t, const std::string& line) {
        if (line.starts_with("RCPT TO:")) commit.happened();
        return reply{};
    }};
    module_under_test email{email::settings_for(server)};
    co_await email.finished();

    commit.order();
    const auto id = co_await email.send();
    co_await email.finished();

    EXPECT_TRUE(commit.was_in_time());
    EXPECT_EQ((co_await email.get(id)).status, "sent");
    EXPECT_EQ(server.mails().size(), 1U);
}

// What the server says of a receiver is known before the mail is.
CO_TEST(mail_handover, notes_a_refusal_that_came_before_the_commit) {
    commit_that_waits commit;
    scripted_smtp_server server{[&](std::size_t, const std::string& line) {
        if (line == "QUIT") commit.happened();
        return line.starts_with("RCPT TO:") ? reply{"550 5.1.1 nobody here\r\n"} : reply{};
    }};
    module_under_test email{email::settings_for(server)};
    co_await email.finished();

    commit.order();
    const auto id = co_await email.send();
    co_await email.finished();

    EXPECT_TRUE(commit.was_in_time());
    const auto mail = co_await email.get(id);
    EXPECT_EQ(mail.status, "failed");
    EXPECT_EQ(mail.attempts, 1);
    EXPECT_EQ(mail.last_error, "550 5.1.1 nobody here");
    CO_ASSERT_TRUE(mail.transcripts && mail.transcripts->size() == 1);
}

CO_TEST(mail_handover, lets_the_connection_go_when_the_commit_fails) {
    std::atomic<bool> fails = false;
    const at_each_commit failing{"before commit", [&] {
                                     if (fails.exchange(false)) throw std::runtime_error{"no commit this time"};
                                 }};
    scripted_smtp_server server;
    module_under_test email{one_connection_to(server)};
    co_await email.finished();

    fails = true;
    const auto refused =
        co_await email.request(email::send_email{.to = {"bob@example.org"}, .subject = "No", .text = "x", .html = {}});
    const auto id = co_await email.send();
    co_await email.finished();

    EXPECT_FALSE(refused.has_value());
    EXPECT_EQ((co_await email.get(id)).status, "sent");
    EXPECT_EQ(server.mails().size(), 1U);
    EXPECT_EQ(count_lines(server, "DATA"), 1U) << "the content waits for the commit";
    EXPECT_EQ(email.count("emails"), 1);
}

#endif

CO_TEST(mail_handover, lets_the_connection_go_when_the_order_is_rolled_back) {
    scripted_smtp_server server;
    module_under_test email{one_connection_to(server)};
    co_await email.finished();
    co_await email.database().write({}, [](storage::transaction& transaction) {
        transaction.execute(
            "CREATE TRIGGER refused AFTER INSERT ON emails WHEN new.status = 'sending' "
            "BEGIN SELECT raise(ABORT, 'not this one'); END");
    });

    const auto refused =
        co_await email.request(email::send_email{.to = {"bob@example.org"}, .subject = "No", .text = "x", .html = {}});
    co_await email.database().write(
        {}, [](storage::transaction& transaction) { transaction.execute("DROP TRIGGER refused"); });
    const auto id = co_await email.send();
    co_await email.finished();

    EXPECT_FALSE(refused.has_value());
    EXPECT_EQ((co_await email.get(id)).status, "sent");
    EXPECT_EQ(server.mails().size(), 1U);
    EXPECT_EQ(count_lines(server, "DATA"), 1U) << "the content waits for the commit";
    EXPECT_EQ(email.count("emails"), 1);
}

CO_TEST(mail_handover, repeats_with_the_same_message_id_what_was_claimed_with_its_order_before_a_crash) {
    std::filesystem::path killed;
    scripted_smtp_server server{[&killed](std::size_t connection, const std::string& line) {
        // Until the file is as the crash leaves it: with the mail and its claim.
        while (connection == 1 && line == "DATA" && !std::filesystem::exists(killed)) std::this_thread::yield();
        return reply{};
    }};
    module_under_test email{one_connection_to(server)};
    killed = email.world.folder.path() / "killed" / "email.db";
    co_await email.finished();

    const auto id = co_await email.send();
    co_await email.reopen(harness::ending::killed);
    co_await email.finished();

    const auto mail = co_await email.get(id);
    EXPECT_EQ(mail.status, "sent");
    EXPECT_EQ(mail.attempts, 2);
    const auto mails = server.mails();
    CO_ASSERT_TRUE(mails.size() == 2);
    EXPECT_EQ(mails[0].data, mails[1].data);
    EXPECT_NE(mails[0].data.find("Message-Id: <" + id + "@"), std::string::npos);
}

CO_TEST(mail_handover, an_order_that_comes_again_goes_out_once_and_keeps_no_worker) {
    scripted_smtp_server server;
    module_under_test email{one_connection_to(server)};
    co_await email.finished();
    const email::send_email order{.to = {"bob@example.org"}, .subject = "Once", .text = "x", .html = {}};
    const auto first = co_await email.request(order, "a key");
    co_await email.finished();

    const auto again = co_await email.request(order, "a key");
    co_await email.send();
    co_await email.finished();

    EXPECT_EQ(again.value().id, first.value().id);
    EXPECT_EQ(count_lines(server, "DATA"), 2U);
    EXPECT_EQ(server.mails().size(), 2U);
    EXPECT_EQ(email.count("emails"), 2);
}

// Its place in the queue may be another mail's then.
CO_TEST(mail_handover, notes_nothing_of_a_mail_that_was_deleted_while_it_was_sent) {
    std::binary_semaphore may_reply{0};
    scripted_smtp_server server{[&](std::size_t, const std::string& line) {
        if (line == "MESSAGE") may_reply.acquire();
        return reply{};
    }};
    module_under_test email{one_connection_to(server)};
    co_await email.finished();
    const auto erased = co_await email.send("ada@example.org");

    co_await email.happened(registration::user_deleted{.user_id = "u1", .name = "Ada", .email = "ada@example.org"});
    co_await harness::eventually([&] { return email.count("emails WHERE kind = 'account_deleted'") == 1; });
    EXPECT_EQ(email.count("emails WHERE sequence = 1"), 1) << "the number of the one that was deleted";
    may_reply.release();
    co_await harness::eventually([&] { return server.mails().size() == 1; });
    may_reply.release();
    co_await email.finished();

    EXPECT_FALSE((co_await email.request(email::get_email{erased})).has_value());
    CO_ASSERT_TRUE(server.mails().size() == 2);
    EXPECT_TRUE(server.mails()[1].data.contains("account was deleted"));
    const auto left = co_await email.all();
    CO_ASSERT_TRUE(left.size() == 1);
    EXPECT_EQ(left[0].status, "sent");
    EXPECT_EQ(left[0].subject, "Your account was deleted");
}

CO_TEST(mail_handover, tells_nothing_of_a_receiver_who_was_erased_while_the_mail_was_sent) {
    std::binary_semaphore may_reply{0};
    scripted_smtp_server server{[&](std::size_t, const std::string& line) {
        if (line == "MESSAGE") may_reply.acquire();
        return line.starts_with("RCPT TO:<eve") ? reply{"550 5.1.1 no such user\r\n"} : reply{};
    }};
    module_under_test email{one_connection_to(server)};
    co_await email.finished();
    const email::send_email to_two{
        .to = {"ada@example.org", "eve@example.org"}, .subject = "To two", .text = "Hello", .html = {}};
    const auto id = (co_await email.request(to_two)).value().id;

    co_await email.happened(registration::user_deleted{.user_id = "u1", .name = "Eve", .email = "eve@example.org"});
    co_await harness::eventually([&] { return email.count("emails WHERE kind = 'account_deleted'") == 1; });
    may_reply.release();
    co_await harness::eventually([&] { return !server.mails().empty(); });
    co_await email.finished();

    const auto mail = co_await email.get(id);
    EXPECT_EQ(mail.status, "sent");
    EXPECT_FALSE(mail.last_error.has_value());
    CO_ASSERT_TRUE(mail.transcripts.has_value());
    EXPECT_TRUE(mail.transcripts->empty());
}

CO_TEST(mail_handover, asks_nothing_of_a_server_that_is_away) {
    scripted_smtp_server server{[](std::size_t, const std::string& line) {
        return line == "CONNECT" ? reply{"421 4.3.2 not now\r\n"} : reply{};
    }};
    module_under_test email{email::settings_for(server)};
    co_await email.send();
    co_await email.finished();
    const auto connections = server.connections();

    const auto id = co_await email.send();
    co_await email.finished();

    const auto mail = co_await email.get(id);
    EXPECT_EQ(mail.status, "queued");
    EXPECT_EQ(mail.attempts, 0);
    EXPECT_EQ(server.connections(), connections);
}

CO_TEST(mail_handover, sends_to_the_servers_of_all_receivers) {
    scripted_smtp_server main;
    scripted_smtp_server other;
    auto settings = one_connection_to(main);
    settings.routes.push_back({"other.example", *email::settings_for(other).server});
    module_under_test email{settings};
    co_await email.finished();

    const auto answer = co_await email.request(
        email::send_email{.to = {"ada@example.org", "bob@other.example"}, .subject = "Both", .text = "x", .html = {}});
    CO_ASSERT_TRUE(answer.has_value());
    co_await email.finished();

    EXPECT_EQ((co_await email.get(answer->id)).status, "sent");
    EXPECT_EQ(count_lines(main, "DATA"), 1U);
    EXPECT_EQ(count_lines(other, "DATA"), 1U);
}
