#include <gtest/gtest.h>

#include <vector>

#include "chaos.hpp"

namespace {

using namespace std::chrono_literals;
using email::chaos_fate;
using email::draw;

constexpr email::chaos_settings some_of_each{.refuse = 0.1, .defer = 0.2, .drop = 0.1, .slow = 0.1};

// With numbers that are drawn one after the other, and pauses that are noted and not made.
class chaos_under_test {
public:
    explicit chaos_under_test(std::vector<double> numbers) : numbers_{std::move(numbers)} {}

    email::smtp_attempt send() {
        return carrier_.send({.from = "a@example.org", .to = {"b@example.org"}}, "x\r\n", {});
    }

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
