#include <set>

#include "module_under_test.hpp"

namespace product::test {
namespace {

core::awaitable<void> fill(module_under_test& products) {
    co_await products.create("Teapot", "green, for two", "30");
    products.world.clock.advance(std::chrono::seconds{1});
    co_await products.create("Lamp", "shows a teapot", "9.90");
    products.world.clock.advance(std::chrono::seconds{1});
    co_await products.create("café", "Crème brûlée", "100");
    products.world.clock.advance(std::chrono::seconds{1});
    co_await products.create("apple", "", "0");
}

}  // namespace

CO_TEST(product_search, finds_every_word_as_a_prefix_and_the_name_before_the_description) {
    module_under_test products;
    co_await fill(products);

    EXPECT_EQ(co_await products.names({.search = "tea"}), "Teapot Lamp");
    EXPECT_EQ(co_await products.names({.search = "TEAPOT gre"}), "Teapot");
    EXPECT_EQ(co_await products.names({.search = "teapot apple"}), "");
    EXPECT_EQ(co_await products.names({.search = "eapot"}), "");
}

CO_TEST(product_search, knows_letters_with_and_without_accents_as_the_same) {
    module_under_test products;
    co_await fill(products);

    EXPECT_EQ(co_await products.names({.search = "CAFE"}), "café");
    EXPECT_EQ(co_await products.names({.search = "brulee crème"}), "café");
}

CO_TEST(product_search, orders_by_what_is_asked_and_the_newest_first_without_words) {
    module_under_test products;
    co_await fill(products);

    EXPECT_EQ(co_await products.names({}), "apple café Lamp Teapot");
    EXPECT_EQ(co_await products.names({.sort = "name"}), "apple café Lamp Teapot");
    EXPECT_EQ(co_await products.names({.sort = "price"}), "apple Lamp Teapot café");
    EXPECT_EQ(co_await products.names({.sort = "-price"}), "café Teapot Lamp apple");
    EXPECT_EQ(co_await products.names({.search = "tea", .sort = "newest"}), "Lamp Teapot");
    EXPECT_EQ(co_await products.names({.search = "tea", .sort = "price"}), "Lamp Teapot");
    const auto wrong = co_await products.search({.sort = "cents; DROP TABLE catalog"});
    CO_ASSERT_TRUE(!wrong);
    EXPECT_EQ(wrong.error().fields.at(0).field, "sort");
}

CO_TEST(product_search, takes_prices_from_and_to) {
    module_under_test products;
    co_await fill(products);

    EXPECT_EQ(co_await products.names({.price_min = "9.9", .price_max = "30.00", .sort = "price"}), "Lamp Teapot");
    EXPECT_EQ(co_await products.names({.search = "tea", .price_min = "10"}), "Teapot");
    EXPECT_EQ(co_await products.names({.price_max = "0"}), "apple");
    EXPECT_EQ((co_await products.search({.price_min = "9.90"})).value().total_count, 3);
    const auto wrong = co_await products.search({.price_min = "cheap", .price_max = "-1"});
    CO_ASSERT_TRUE(!wrong);
    EXPECT_EQ(wrong.error().fields.size(), 2U);
}

// S3-34: nothing that is typed has a meaning for the database.
CO_TEST(product_search, S3_34_any_characters_are_safe) {
    module_under_test products;
    co_await products.create("100% \"quoted\" (NEAR) AND*");

    for (const std::string typed :
         {"\"", "*",      "NEAR(",           "(", ")",  "a AND", "OR", "NOT a", "name:", "^a",   "-",
          "+",  "{a b}",  "' OR 1=1 --",     "%", "\\", "—",     "“”", ".*",    "[",     "a\"b", "\"\"\"",
          ":",  "日本語", "\xf0\x9f\x98\x80"})
        EXPECT_TRUE((co_await products.search({.search = typed})).has_value()) << typed;
    const std::string nul{"quo\0ted", 7};
    EXPECT_TRUE((co_await products.search({.search = nul})).has_value());
    EXPECT_EQ((co_await products.search({.search = std::string(1U << 20U, 'x')})).value().total_count, 0);
    std::string words;
    while (words.size() < 1U << 20U) words += "quo ";
    EXPECT_EQ((co_await products.search({.search = words})).value().total_count, 1);
    EXPECT_EQ((co_await products.search({.search = "100% (near \"quoted"})).value().total_count, 1);
    EXPECT_EQ((co_await products.search({.search = "!?"})).value().total_count, 0);
}

// S3-11: each parameter is itself.
CO_TEST(product_search, S3_11_a_page_has_the_size_that_was_asked_for) {
    module_under_test products;
    for (int i = 0; i < 7; ++i) co_await products.create("cup" + std::to_string(i));

    const auto second = (co_await products.search({.search = "cup", .page = 2, .size = 3})).value();
    const auto last = (co_await products.search({.page = 3, .size = 3})).value();
    const auto beyond = (co_await products.search({.page = 1'000'000'000, .size = 100})).value();

    EXPECT_EQ(second.items.size(), 3U);
    EXPECT_EQ(second.page, 2);
    EXPECT_EQ(second.size, 3);
    EXPECT_EQ(second.total_count, 7);
    EXPECT_EQ(second.total_pages, 3);
    EXPECT_TRUE(second.has_more);
    EXPECT_EQ(last.items.size(), 1U);
    EXPECT_FALSE(last.has_more);
    EXPECT_TRUE(beyond.items.empty());
    EXPECT_EQ(beyond.total_count, 7);
    EXPECT_FALSE((co_await products.search({.page = 0})).has_value());
    EXPECT_FALSE((co_await products.search({.size = 101})).has_value());
}

// S3-34: equals have an order of their own, the same for each page.
CO_TEST(product_search, S3_34_pages_hold_each_product_once_also_among_equals) {
    module_under_test products;
    for (int i = 0; i < 25; ++i) co_await products.create("same");

    for (const auto* sort : {"", "price", "-price", "name", "newest"})
        for (const auto* words : {"", "same"}) {
            search_products wanted{.size = 5};
            if (*sort != 0) wanted.sort = sort;
            if (*words != 0) wanted.search = words;
            std::set<std::string> seen;
            for (wanted.page = 1; wanted.page <= 5; ++wanted.page) {
                const auto found = co_await products.search(wanted);
                for (const auto& one : found.value().items) seen.insert(one.id);
            }
            EXPECT_EQ(seen.size(), 25U) << sort << ' ' << words;
        }
}

}  // namespace product::test
