#include <gtest/gtest.h>

#include <core/rate_limiter.hpp>
#include <string>

namespace core {
namespace {

using namespace std::chrono_literals;

constexpr monotonic_time begin{1h};

TEST(rate_limiter, lets_so_many_through_and_then_says_how_long_to_wait) {
    rate_limiter limiter{{3, 60s}, 100};

    EXPECT_EQ(limiter.take("a", begin).left, 2U);
    EXPECT_TRUE(limiter.take("a", begin + 10s).is_allowed);
    EXPECT_TRUE(limiter.take("a", begin + 20s).is_allowed);
    const auto refused = limiter.take("a", begin + 30s);

    EXPECT_FALSE(refused.is_allowed);
    EXPECT_EQ(refused.left, 0U);
    EXPECT_EQ(refused.next, 30s);
}

TEST(rate_limiter, holds_for_any_stretch_of_the_time_and_not_only_from_one_minute_to_the_next) {
    rate_limiter limiter{{2, 60s}, 100};
    EXPECT_TRUE(limiter.take("a", begin + 59s).is_allowed);
    EXPECT_TRUE(limiter.take("a", begin + 59s).is_allowed);

    EXPECT_FALSE(limiter.take("a", begin + 61s).is_allowed);
    EXPECT_FALSE(limiter.take("a", begin + 118s).is_allowed);
    EXPECT_TRUE(limiter.take("a", begin + 119s).is_allowed);
}

TEST(rate_limiter, forgets_what_one_key_has_done) {
    rate_limiter limiter{{1, 60s}, 100};
    for (const auto* key : {"a", "b"}) EXPECT_TRUE(limiter.take(key, begin).is_allowed);

    limiter.forget("a");

    EXPECT_TRUE(limiter.take("a", begin).is_allowed);
    EXPECT_FALSE(limiter.take("b", begin).is_allowed);
}

TEST(rate_limiter, does_not_count_what_it_refuses) {
    rate_limiter limiter{{1, 10s}, 100};
    EXPECT_TRUE(limiter.take("a", begin).is_allowed);
    for (auto later = 1s; later < 10s; later += 1s) EXPECT_FALSE(limiter.take("a", begin + later).is_allowed);

    EXPECT_TRUE(limiter.take("a", begin + 10s).is_allowed);
}

TEST(rate_limiter, knows_each_key_apart) {
    rate_limiter limiter{{1, 10s}, 100};

    EXPECT_TRUE(limiter.take("a", begin).is_allowed);
    EXPECT_TRUE(limiter.take("b", begin).is_allowed);
    EXPECT_FALSE(limiter.take("a", begin).is_allowed);
}

TEST(rate_limiter, keeps_no_more_keys_than_it_may) {
    rate_limiter limiter{{1, 60s}, 100};
    for (int i = 0; i < 10'000; ++i) (void)limiter.take("key " + std::to_string(i), begin);

    EXPECT_LE(limiter.keys(), 102U);
    EXPECT_FALSE(limiter.take("key 9999", begin).is_allowed) << "the last ones are known";
}

TEST(rate_limiter, remembers_over_the_change_of_generations) {
    rate_limiter limiter{{1, 60s}, 100};
    EXPECT_TRUE(limiter.take("a", begin).is_allowed);
    (void)limiter.take("b", begin + 59s);
    EXPECT_TRUE(limiter.take("c", begin + 60s).is_allowed);

    EXPECT_FALSE(limiter.take("b", begin + 100s).is_allowed);
    EXPECT_TRUE(limiter.take("a", begin + 100s).is_allowed);
    (void)limiter.take("d", begin + 1h);
    EXPECT_EQ(limiter.keys(), 1U) << "what nobody has used for long is gone";
}

}  // namespace
}  // namespace core
