#include <gtest/gtest.h>

#include <string>

#include "product_cache.hpp"

namespace product::test {
namespace {

product_view named(const std::string& id, std::size_t bytes = 10) {
    return {id, std::string(bytes, 'x'), "", "1", 1, {}, {}};
}

}  // namespace

TEST(product_cache, knows_what_was_put_in_until_it_is_forgotten) {
    core::metrics metrics;
    product_cache cache{metrics, 1 << 20};
    EXPECT_EQ(cache.find("1"), nullptr);

    cache.put(named("1"));
    ASSERT_NE(cache.find("1"), nullptr);
    EXPECT_EQ(*cache.find("1"), named("1"));

    cache.forget("1");
    EXPECT_EQ(cache.find("1"), nullptr);
}

TEST(product_cache, keeps_what_is_read_and_drops_what_is_not_within_its_room) {
    core::metrics metrics;
    product_cache cache{metrics, 100'000};
    cache.put(named("read"));
    cache.put(named("unread"));

    for (int i = 0; i < 1000; ++i) {
        cache.put(named(std::to_string(i), 1000));
        ASSERT_NE(cache.find("read"), nullptr) << i;
    }

    EXPECT_EQ(cache.find("unread"), nullptr);
    int kept = 0;
    for (int i = 0; i < 1000; ++i) kept += cache.find(std::to_string(i)) != nullptr ? 1 : 0;
    EXPECT_GT(kept, 20);
    EXPECT_LE(kept, 100);
}

TEST(product_cache, a_product_put_in_again_replaces_the_one_before_and_counts_once) {
    core::metrics metrics;
    product_cache cache{metrics, 100'000};
    cache.put(named("other"));
    for (std::size_t i = 0; i < 1000; ++i) cache.put(named("same", i));

    EXPECT_EQ(cache.find("same")->name.size(), 999U);
    EXPECT_NE(cache.find("other"), nullptr);
}

}  // namespace product::test
