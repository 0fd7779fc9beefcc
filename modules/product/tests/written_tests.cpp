#include "module_under_test.hpp"

namespace product::test {

CO_TEST(product_list_written, walks_over_all_products_by_id_at_a_position) {
    module_under_test products;
    std::vector<product_view> made;
    for (const auto* name : {"cup", "jug", "lamp"}) made.push_back((co_await products.create(name)).value().view());

    const auto first = (co_await products.request(list_written{"", 2})).value();
    const auto second = (co_await products.request(list_written{first.items.back().id, 2})).value();

    EXPECT_TRUE(first.has_more && !second.has_more);
    EXPECT_EQ(first.items, (std::vector{made[0], made[1]}));
    EXPECT_EQ(second.items, std::vector{made[2]});
    EXPECT_EQ(first.position, products.position);
}

CO_TEST(product_list_written, says_what_is_true_and_not_what_readers_are_shown) {
    module_under_test products;
    const auto made = (co_await products.create("cup")).value();
    co_await products.write(patch_product{made.id, {{"name", "mug"}}});
    co_await products.create("lamp");
    co_await products.finished();
    co_await products.database().write(
        {}, [](storage::transaction& transaction) { transaction.execute("UPDATE catalog SET name = 'other'"); });

    const auto page = (co_await products.request(list_written{})).value();

    CO_ASSERT_TRUE(page.items.size() == 2);
    EXPECT_EQ(page.items[0].name, "mug");
    EXPECT_EQ(page.items[0].version, 2);
    EXPECT_EQ(page.position, products.position);
}

CO_TEST(product_list_written, has_a_range_of_sizes) {
    module_under_test products;

    for (const auto size : {0, 501})
        EXPECT_EQ((co_await products.request(list_written{"", size})).error().kind, core::error_kind::invalid);
    EXPECT_TRUE((co_await products.request(list_written{"", 500})).value().items.empty());
}

}  // namespace product::test
