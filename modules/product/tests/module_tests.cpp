#include "module_under_test.hpp"
#include "price.hpp"

namespace product::test {
// S3-01, S3-37: it is stored when the answer comes, and read at once.
CO_TEST(product_module, what_was_created_is_read_as_it_was_written) {
    module_under_test products;

    const auto made = co_await products.request(create_product{"Grüne Kanne", "für Tee", "19.90"});
    CO_ASSERT_TRUE(made.has_value());
    const auto read = co_await products.request(get_product{made->id});

    CO_ASSERT_TRUE(read.has_value());
    EXPECT_EQ(bus::to_json(*read), bus::to_json(*made));
    EXPECT_EQ(read->price, "19.90");
    EXPECT_EQ(read->version, 1);
    EXPECT_EQ(read->created_at, products.world.clock.now());
    const auto events = products.published<product_created>();
    CO_ASSERT_TRUE(events.size() == 1);
    EXPECT_EQ(events[0].product_id, made->id);
}

CO_TEST(product_module, an_unknown_product_is_not_found) {
    module_under_test products;

    EXPECT_EQ((co_await products.request(get_product{"nonsense"})).error().kind, core::error_kind::not_found);
}

// S3-08, S3-38: one rule for each field; the limits themselves are fine.
CO_TEST(product_module, refuses_what_breaks_a_rule_and_stores_nothing) {
    module_under_test products;

    const auto wrong = co_await products.request(create_product{"  ", std::string(10'001, 'x'), "free"});
    const auto longest = co_await products.request(create_product{std::string(200, 'n'), std::string(10'000, 'd'), 0});

    CO_ASSERT_TRUE(!wrong);
    EXPECT_EQ(wrong.error().fields.size(), 3U);
    EXPECT_TRUE(longest.has_value());
    EXPECT_EQ(products.published<product_created>().size(), 1U);
}

// S3-12: zero is a price.
TEST(price, is_taken_as_string_or_number_and_given_back_as_text) {
    EXPECT_EQ(parse_price("19.90"), "19.90");
    EXPECT_EQ(parse_price(19.9), "19.9");
    EXPECT_EQ(parse_price(0), "0");
    EXPECT_EQ(parse_price("999999999999.99"), "999999999999.99");
    EXPECT_EQ(parse_price(999999999999.99), "999999999999.99");
}

TEST(price, refuses_everything_else) {
    for (const nlohmann::json& wrong :
         {nlohmann::json("1.999"), nlohmann::json("1000000000000"), nlohmann::json(-1), nlohmann::json("-1"),
          nlohmann::json("1."), nlohmann::json(".5"), nlohmann::json(""), nlohmann::json("1e3"), nlohmann::json(0.001),
          nlohmann::json(1e300), nlohmann::json(true), nlohmann::json(nullptr), nlohmann::json("1,50"),
          nlohmann::json(" 1"), nlohmann::json::array({1})})
        EXPECT_FALSE(parse_price(wrong)) << wrong;
}

}  // namespace product::test
