#include <gtest/gtest.h>

#include "module_presence.hpp"

namespace {

using namespace std::chrono_literals;
using bus::amqp::module_presence;

const core::monotonic_time start{1h};

}  // namespace

TEST(module_presence, knows_nobody_at_first) { EXPECT_FALSE(module_presence{5s}.is_known_to_be_there("a", start)); }

TEST(module_presence, remembers_a_module_that_somebody_answers_for) {
    module_presence presence{5s};

    presence.heard("a", 1, start);

    EXPECT_TRUE(presence.is_known_to_be_there("a", start));
    EXPECT_TRUE(presence.is_known_to_be_there("a", start + 5s - 1ns));
    EXPECT_FALSE(presence.is_known_to_be_there("b", start));
}

TEST(module_presence, forgets_it_after_a_moment) {
    module_presence presence{5s};
    presence.heard("a", 1, start);

    EXPECT_FALSE(presence.is_known_to_be_there("a", start + 5s));
}

TEST(module_presence, counts_the_moment_from_the_last_time) {
    module_presence presence{5s};
    presence.heard("a", 1, start);
    presence.heard("a", 2, start + 4s);

    EXPECT_TRUE(presence.is_known_to_be_there("a", start + 8s));
}

TEST(module_presence, forgets_a_module_at_once_that_nobody_answers_for_any_more) {
    module_presence presence{5s};
    presence.heard("a", 1, start);
    presence.heard("b", 1, start);

    presence.heard("a", 0, start + 1s);
    presence.heard("b", std::nullopt, start + 1s);

    EXPECT_FALSE(presence.is_known_to_be_there("a", start + 1s));
    EXPECT_FALSE(presence.is_known_to_be_there("b", start + 1s)) << "no queue is nobody too";
}

TEST(module_presence, does_not_remember_that_a_module_is_away) {
    module_presence presence{5s};
    presence.heard("a", 0, start);

    presence.heard("a", 1, start);

    EXPECT_TRUE(presence.is_known_to_be_there("a", start));
}

TEST(module_presence, forgets_all_with_the_connection) {
    module_presence presence{5s};
    presence.heard("a", 1, start);
    presence.heard("b", 1, start);

    presence.forget_all();

    EXPECT_FALSE(presence.is_known_to_be_there("a", start));
    EXPECT_FALSE(presence.is_known_to_be_there("b", start));
}
