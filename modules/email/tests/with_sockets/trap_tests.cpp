#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <list>

#include "module_under_test.hpp"
#include "scripted_smtp_server.hpp"

namespace {

namespace asio = core::asio;
using email::module_under_test;
using tcp = asio::ip::tcp;

email::settings with_trap(email::settings settings = {}) {
    settings.trap = email::listen_address{.host = "127.0.0.1", .port = 0};
    return settings;
}

class client {
public:
    client(const core::executor& loop, std::uint16_t port) : socket_{loop} {
        socket_.connect({asio::ip::address_v4::loopback(), port});
    }

    // Sends it in one piece, and returns the codes of so many replies.
    core::awaitable<std::string> say(std::string text, int replies) {
        co_await asio::async_write(socket_, asio::buffer(text), core::use_awaitable);
        std::string codes;
        while (replies > 0) {
            const auto size =
                co_await asio::async_read_until(socket_, asio::dynamic_buffer(read_), "\r\n", core::use_awaitable);
            if (read_[3] == ' ') {
                codes += read_.substr(0, 4);
                --replies;
            }
            read_.erase(0, size);
        }
        co_return codes;
    }

private:
    asio::basic_stream_socket<tcp, core::executor> socket_;
    std::string read_;
};

const std::string a_mail =
    "EHLO client.example\r\nMAIL FROM:<zoe@example.org>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n"
    "From: Zoe <zoe@example.org>\r\nSubject: An invoice\r\n\r\nPlease pay\r\n.\r\n";

}  // namespace

CO_TEST(mail_trap, keeps_a_mail_that_is_then_found_like_any_other) {
    module_under_test email{with_trap()};
    client client{harness::loop(), email.trap_port()};

    EXPECT_EQ(co_await client.say(a_mail, 6), "220 250 250 250 354 250 ");

    const email::search_emails search{.receiver = "ADA@example.org", .status = "captured", .search = "invoice"};
    const auto found = (co_await email.request(search)).value();
    CO_ASSERT_TRUE(found.items.size() == 1);
    const auto mail = co_await email.get(found.items[0].id);
    EXPECT_EQ(mail.from, "Zoe <zoe@example.org>");
    EXPECT_EQ(mail.to, std::vector<std::string>{"ada@example.org"});
    EXPECT_EQ(mail.text, "Please pay\r\n");
    EXPECT_EQ(co_await harness::metric(email.world, R"(busbar_email_deliveries_total{outcome="captured"})"), 1);
    EXPECT_EQ(mail.attempts, 0);
    EXPECT_FALSE(mail.next_attempt_at);
    const auto raw = (co_await email.request(email::get_raw_email{mail.id})).value().message;
    EXPECT_TRUE(raw.starts_with("Received: from client.example\r\n")) << raw;
    EXPECT_TRUE(raw.ends_with("Subject: An invoice\r\n\r\nPlease pay\r\n")) << raw;
    EXPECT_TRUE(email.published<email::email_queued>().empty());
}

CO_TEST(mail_trap, has_said_250_only_of_what_is_there_after_a_crash) {
    module_under_test email{with_trap()};
    client client{harness::loop(), email.trap_port()};
    EXPECT_EQ(co_await client.say(a_mail, 6), "220 250 250 250 354 250 ");

    co_await email.reopen(harness::ending::killed);

    EXPECT_EQ((co_await email.all()).size(), 1U);
}

CO_TEST(mail_trap, a_trapped_mail_is_released_as_it_came) {
    email::scripted_smtp_server server;
    auto settings = with_trap(email::settings_for(server));
    settings.release_to = {"@example.org"};
    module_under_test email{settings};
    client client{harness::loop(), email.trap_port()};
    EXPECT_EQ(co_await client.say(a_mail, 6), "220 250 250 250 354 250 ");
    const auto id = (co_await email.all()).at(0).id;
    EXPECT_TRUE(server.mails().empty());

    (void)co_await email.request(email::release_email{id});
    co_await email.finished();

    EXPECT_EQ((co_await email.get(id)).status, "sent");
    CO_ASSERT_TRUE(server.mails().size() == 1);
    EXPECT_TRUE(server.mails()[0].data.ends_with("Subject: An invoice\r\n\r\nPlease pay\r\n"));
}

CO_TEST(mail_trap, refuses_a_connection_too_many_and_has_room_again) {
    module_under_test email{with_trap()};
    std::list<client> clients;
    for (int i = 0; i < 100; ++i) {
        auto& one = clients.emplace_back(harness::loop(), email.trap_port());
        EXPECT_EQ(co_await one.say("", 1), "220 ");
    }

    client refused{harness::loop(), email.trap_port()};
    EXPECT_EQ(co_await refused.say("", 1), "421 ");
    EXPECT_EQ(co_await clients.front().say("QUIT\r\n", 1), "221 ");
    clients.clear();
    std::string answer;
    while (answer != "220 ") {
        client next{harness::loop(), email.trap_port()};
        answer = co_await next.say("", 1);
    }
}
