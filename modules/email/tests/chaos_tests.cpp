#include <vector>

#include "chaos.hpp"
#include "module_under_test.hpp"

namespace {

using namespace std::chrono_literals;
using email::chaos_fate;
using email::draw;
using email::module_under_test;

constexpr email::chaos_settings some_of_each{.refuse = 0.1, .defer = 0.2, .drop = 0.1, .slow = 0.1};

// With numbers that are drawn one after the other, and pauses that are noted and not made.
class chaos_under_test {
public:
    explicit chaos_under_test(std::vector<double> numbers) : numbers_{std::move(numbers)} {}

    email::smtp_attempt send() { return carrier_.send({.from = "a@example.org", .to = {"b@example.org"}}, "x\r\n"); }

    std::vector<std::chrono::milliseconds> pauses;
    bool is_broken_off = false;

private:
    std::vector<double> numbers_;
    std::size_t drawn_ = 0;
    email::chaos_carrier carrier_{some_of_each,
                                  std::make_unique<email::keeping_carrier>(),
                                  {.random = [this] { return numbers_.at(drawn_++); },
                                   .wait_for =
                                       [this](std::chrono::milliseconds time) {
                                           pauses.push_back(time);
                                           return !is_broken_off;
                                       }}};
};

email::settings captured_with(email::chaos_settings chaos) {
    email::settings settings;
    settings.chaos = chaos;
    return settings;
}

}  // namespace

TEST(chaos, draws_each_fate_as_often_as_it_is_told_to) {
    EXPECT_EQ(draw(some_of_each, 0), chaos_fate::refused);
    EXPECT_EQ(draw(some_of_each, 0.0999), chaos_fate::refused);
    EXPECT_EQ(draw(some_of_each, 0.11), chaos_fate::deferred);
    EXPECT_EQ(draw(some_of_each, 0.31), chaos_fate::dropped);
    EXPECT_EQ(draw(some_of_each, 0.41), chaos_fate::slowed);
    EXPECT_EQ(draw(some_of_each, 0.51), chaos_fate::none);
    EXPECT_EQ(draw({}, 0), chaos_fate::none);
    EXPECT_EQ(draw({.slow = 1}, 0.9999), chaos_fate::slowed);
}

TEST(chaos, ends_attempts_as_a_bad_server_would) {
    chaos_under_test chaos{{0.05, 0.15, 0.35, 0.9}};

    EXPECT_EQ(judge(chaos.send()), email::verdict::permanent);
    EXPECT_EQ(judge(chaos.send()), email::verdict::temporary);
    const auto dropped = chaos.send();
    EXPECT_EQ(judge(dropped), email::verdict::temporary);
    EXPECT_EQ(dropped.reply_code, 0);
    EXPECT_EQ(judge(chaos.send()), email::verdict::sent);
    EXPECT_TRUE(chaos.pauses.empty());
}

TEST(chaos, lets_a_mail_go_its_way_after_a_pause) {
    chaos_under_test chaos{{0.45, 0, 0.45, 0.5}};

    EXPECT_TRUE(chaos.send().accepted);
    const auto second = chaos.send();

    EXPECT_TRUE(second.accepted);
    EXPECT_EQ(second.took, 3s);
    EXPECT_TRUE(second.transcript.starts_with("! chaos: a pause of 3000 ms\n")) << second.transcript;
    EXPECT_EQ(chaos.pauses, (std::vector<std::chrono::milliseconds>{1s, 3s}));
}

TEST(chaos, does_not_keep_the_process_from_ending) {
    chaos_under_test chaos{{0.45, 0.5}};
    chaos.is_broken_off = true;

    EXPECT_TRUE(chaos.send().interrupted);
}

CO_TEST(chaos, a_captured_mail_that_is_deferred_waits_as_if_for_a_server) {
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

CO_TEST(chaos, a_captured_mail_that_is_refused_has_failed_and_can_be_tried_again) {
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

CO_TEST(chaos, a_captured_mail_keeps_its_token) {
    module_under_test email{captured_with({})};
    co_await email.user_registered("Ada", "ada@example.org");
    co_await email.finished();

    const auto mail = (co_await email.all()).at(0);
    EXPECT_EQ(mail.status, "captured");
    EXPECT_NE(mail.text.value().find(module_under_test::token), std::string::npos);
}
