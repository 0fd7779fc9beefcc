#include "scripted_catalog.hpp"

namespace web::testing {
namespace {

// A catalogue that anybody looks at.
struct looked_at {
    edge_under_test edge;
    scripted_catalog catalog{edge.bus};
    browser person{edge};

    // Page `number` of so many products, ten at a time.
    void show(std::int64_t number, std::int64_t all) {
        catalog.page = {.page = number, .size = 10, .total_count = all, .total_pages = (all + 9) / 10};
        catalog.page.has_more = number * 10 < all;
        for (auto i = (number - 1) * 10; i < std::min(number * 10, all); ++i)
            catalog.page.items.push_back(
                {.id = "p" + std::to_string(i), .name = "Lamp", .description = "", .price = "1"});
    }
};

CO_TEST(product_list, is_for_anyone_and_hands_on_what_is_asked) {
    looked_at list;

    const auto page =
        co_await list.person.open("/products?search=+red+lamp+&price_min=1&price_max=+9.90&sort=-price&page=2");

    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(list.catalog.last(), R"(product.search {"search":"red lamp","price_min":"1","price_max":"9.90",)"
                                   R"("sort":"-price","page":2,"size":10,"not_before":null})");
    EXPECT_TRUE(
        shows(page, "type=\"search\" autocomplete=\"off\" spellcheck=\"false\" dir=\"auto\" value=\" red lamp \""));
    EXPECT_TRUE(shows(page, "<option value=\"-price\" selected>"));
    EXPECT_TRUE(shows(page, ">Sign in</a>"));
    EXPECT_TRUE(shows(page, "<a href=\"/products\" aria-current=\"page\">"));
    co_await list.edge.stop();
}

CO_TEST(product_list, fields_left_empty_narrow_nothing) {
    looked_at list;

    co_await list.person.open("/products?search=+&price_min=&price_max=&sort=");

    EXPECT_EQ(list.catalog.last(), R"(product.search {"search":null,"price_min":null,"price_max":null,"sort":null,)"
                                   R"("page":1,"size":10,"not_before":null})");
    co_await list.edge.stop();
}

CO_TEST(product_list, says_which_of_how_many_and_leads_to_the_pages_beside) {
    looked_at list;
    list.show(2, 131);

    const auto middle = co_await list.person.open("/products?search=red+%26+lamp&sort=name&page=2");
    list.show(14, 131);
    const auto last = co_await list.person.open("/products?page=14");
    list.show(1, 1);
    const auto only = co_await list.person.open("/products");

    EXPECT_TRUE(shows(middle, "role=\"status\">11 to 20 of 131 products</p>"));
    EXPECT_TRUE(shows(middle, "Page 2 of 14"));
    EXPECT_TRUE(shows(middle, "rel=\"prev\" href=\"/products?search=red%20%26%20lamp&amp;sort=name\""));
    EXPECT_TRUE(shows(middle, "rel=\"next\" href=\"/products?search=red%20%26%20lamp&amp;sort=name&amp;page=3\""));
    EXPECT_TRUE(shows(last, ">131 to 131 of 131 products</p>"));
    EXPECT_FALSE(shows(last, "rel=\"next\""));
    EXPECT_TRUE(shows(only, ">1 to 1 of 1 product</p>"));
    EXPECT_FALSE(shows(only, "aria-label=\"Pages\""));
    co_await list.edge.stop();
}

CO_TEST(product_list, that_is_empty_says_what_to_do) {
    looked_at list;

    const auto none = co_await list.person.open("/products?sort=name");
    const auto no_match = co_await list.person.open("/products?search=unicorn");
    list.show(1, 31);
    list.catalog.page.items.clear();
    list.catalog.page.page = 9;
    const auto beyond = co_await list.person.open("/products?page=9");

    EXPECT_TRUE(shows(none, "There are no products yet"));
    EXPECT_TRUE(shows(none, "href=\"/products/new\">Create the first one"));
    EXPECT_TRUE(shows(no_match, "Nothing is like that"));
    EXPECT_TRUE(shows(no_match, "href=\"/products\">Show all products"));
    EXPECT_TRUE(shows(no_match, ">No products</p>"));
    EXPECT_TRUE(shows(beyond, "href=\"/products?page=4\">Go to its last page"));
    EXPECT_TRUE(shows(beyond, ">31 products</p>"));
    co_await list.edge.stop();
}

CO_TEST(product_list, a_bad_filter_is_told_at_its_field) {
    looked_at list;
    list.catalog.trouble["product.search"] =
        core::invalid({{"price_min", "must be a decimal"}, {"sort", "must be name"}}).error();

    const auto page = co_await list.person.open("/products?search=lamp&price_min=%3Cb%3E&sort=colour");
    list.catalog.asked.clear();
    const auto number = co_await list.person.open("/products?page=none");

    EXPECT_EQ(page.status, 422);
    EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8");
    EXPECT_TRUE(shows(page, "id=\"price_min-error\">Must be a decimal.</p>"));
    EXPECT_TRUE(shows(page, "id=\"price_max-error\" hidden></p>"));
    EXPECT_TRUE(shows(page, "id=\"sort-error\">Must be name.</p>"));
    EXPECT_TRUE(shows(page, "value=\"&lt;b&gt;\" aria-describedby=\"price_min-error\" aria-invalid=\"true\""));
    EXPECT_TRUE(shows(page, "value=\"lamp\""));
    EXPECT_EQ(number.status, 422);
    EXPECT_TRUE(shows(number, "Page must be a whole number from 1"));
    EXPECT_TRUE(list.catalog.asked.empty());
    co_await list.edge.stop();
}

CO_TEST(product_list, shows_the_beginning_of_long_descriptions_and_nothing_as_markup) {
    looked_at list;
    list.show(1, 1);
    std::string umlauts;
    for (int i = 0; i < 201; ++i) umlauts += "ü";
    list.catalog.page.items[0].name = "<script>alert(1)</script>";
    list.catalog.page.items[0].description = umlauts;

    const auto page = co_await list.person.open("/products");

    EXPECT_TRUE(shows(page, "&lt;script&gt;alert(1)&lt;/script&gt;</a>"));
    EXPECT_FALSE(shows(page, "<script>"));
    EXPECT_TRUE(shows(page, ">" + umlauts.substr(2) + "…</p>"));
    co_await list.edge.stop();
}

CO_TEST(product_list, without_the_module_is_a_page_that_says_so) {
    looked_at list;
    list.catalog.trouble["product.search"] = core::error{core::error_kind::no_handler, "Nothing runs."};

    const auto page = co_await list.person.open("/products");

    EXPECT_EQ(page.status, 503);
    EXPECT_EQ(page.header("retry-after"), "1");
    EXPECT_TRUE(shows(page, "This part is not available right now."));
    co_await list.edge.stop();
}

CO_TEST(product_list, knows_who_is_signed_in_and_goes_on_without) {
    looked_at list;
    list.person.sign_in();

    const auto known = co_await list.person.open("/products");
    list.edge.accounts.session_trouble = core::error{core::error_kind::no_handler, "Nothing runs."};
    const auto away = co_await list.person.open("/products");

    EXPECT_TRUE(shows(known, "action=\"/logout\""));
    EXPECT_EQ(away.status, 200);
    EXPECT_TRUE(shows(away, ">Sign in</a>"));
    co_await list.edge.stop();
}

CO_TEST(product_list, is_linked_where_products_are_offered) {
    looked_at list;

    const auto home = co_await list.person.open("/");
    const auto login = co_await list.person.open("/login");

    EXPECT_TRUE(shows(home, "href=\"/products\">Look at the products</a>"));
    EXPECT_TRUE(shows(login, "<a href=\"/products\">Products</a>"));
    co_await list.edge.stop();
}

}  // namespace
}  // namespace web::testing
