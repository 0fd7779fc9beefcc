#include "scripted_catalog.hpp"

namespace web::testing {
namespace {

CO_TEST(product_page, is_for_anyone_and_offers_changes_to_users) {
    kept_catalog kept;
    kept.catalog.lamp.name = "<i>Lamp</i>";
    kept.catalog.lamp.description = "<script src=x></script>";
    browser stranger{kept.edge};

    const auto page = co_await kept.person.open("/products/p1");
    const auto theirs = co_await stranger.open("/products/p1");

    EXPECT_EQ(page.status, 200);
    EXPECT_TRUE(shows(page, "dir=\"auto\">&lt;i&gt;Lamp&lt;/i&gt;</h1>"));
    EXPECT_TRUE(shows(page, "&lt;script src=x&gt;&lt;/script&gt;</p>"));
    EXPECT_TRUE(shows(page, "<title>&lt;i&gt;Lamp&lt;/i&gt; · Busbar</title>"));
    EXPECT_FALSE(shows(page, "<script"));
    EXPECT_TRUE(shows(page, "href=\"/products/p1/edit\""));
    EXPECT_TRUE(shows(page, "href=\"/products/p1/delete\""));
    EXPECT_FALSE(shows(theirs, "/products/p1/"));
    EXPECT_TRUE(shows(theirs, ">Sign in</a>"));
    co_await kept.edge.stop();
}

CO_TEST(product_page, of_an_unknown_product_is_404) {
    kept_catalog kept;
    kept.catalog.trouble["product.get"] = core::error{core::error_kind::not_found, "There is no such product."};

    for (const auto* path : {"/products/p9", "/products/p9/edit", "/products/p9/delete"}) {
        const auto page = co_await kept.person.open(path);
        EXPECT_EQ(page.status, 404) << path;
        EXPECT_TRUE(shows(page, "There is nothing at this address.")) << path;
    }
    co_await kept.edge.stop();
}

CO_TEST(product_page, changes_are_for_users_alone) {
    edge_under_test edge;
    scripted_catalog catalog{edge.bus};
    browser stranger{edge};

    for (const std::string path : {"/products/new", "/products/p1/edit", "/products/p1/delete"}) {
        const auto page = co_await stranger.open(path);
        EXPECT_EQ(page.status, 303) << path;
        EXPECT_EQ(page.header("location"), "/login?next=" + path);
    }
    for (const auto* path : {"/products/new", "/products/p1", "/products/p1/delete"})
        EXPECT_EQ((co_await stranger.open_and_send("/login", path, "name=a&version=3")).header("location"), "/login");
    EXPECT_TRUE(catalog.asked.empty());
    co_await edge.stop();
}

CO_TEST(product_page, S25_a_change_without_the_token_of_a_form_is_refused) {
    kept_catalog kept;
    co_await kept.person.open("/products/new");
    kept.person.token = "another";
    kept.catalog.asked.clear();

    for (const auto* path : {"/products/new", "/products/p1", "/products/p1/delete"})
        EXPECT_EQ((co_await kept.person.send(path, "name=a&price=1&version=3")).status, 403) << path;
    kept.person.extra = "Accept: text/html\r\nSec-Fetch-Site: cross-site\r\n";
    EXPECT_EQ((co_await kept.person.open_and_send("/products/new", "name=a&price=1")).status, 403);
    EXPECT_TRUE(kept.catalog.asked.empty());
    co_await kept.edge.stop();
}

CO_TEST(product_page, a_good_form_creates_leads_there_and_is_said_once) {
    kept_catalog kept;

    const auto answer = co_await kept.person.open_and_send("/products/new",
                                                           "name=Lamp&price=+9.90+&description=Two%0D%0Alines%0Dor+so");
    const auto asked = kept.catalog.last();
    const auto told = co_await kept.person.open("/products/p1");
    const auto again = co_await kept.person.open("/products/p1");

    EXPECT_EQ(answer.status, 303);
    EXPECT_EQ(answer.header("location"), "/products/p1");
    EXPECT_EQ(asked, "product.create {\"name\":\"Lamp\",\"description\":\"Two\\nlines\\ror so\",\"price\":\"9.90\"}");
    EXPECT_TRUE(shows(told, "The product is created."));
    EXPECT_FALSE(shows(again, "The product is created."));
    co_await kept.edge.stop();
}

CO_TEST(product_page, a_bad_form_comes_back_with_all_that_was_typed) {
    kept_catalog kept;
    kept.catalog.trouble["product.create"] =
        core::invalid({{"name", "is required"}, {"price", "must be a decimal"}}).error();

    const auto page =
        co_await kept.person.open_and_send("/products/new", "name=&price=dear&description=%0Afirst+%3C/textarea%3E");

    EXPECT_EQ(page.status, 422);
    EXPECT_TRUE(shows(page, "<p class=\"error\" id=\"name-error\">Is required.</p>"));
    EXPECT_TRUE(shows(page, "<p class=\"error\" id=\"price-error\">Must be a decimal.</p>"));
    EXPECT_TRUE(shows(page, "value=\"dear\""));
    // The line break behind the tag belongs to it, so that the next one stays.
    EXPECT_TRUE(
        shows(page, "dir=\"auto\" aria-describedby=\"description-hint\">\n\nfirst &lt;/textarea&gt;</textarea>"));
    EXPECT_TRUE(shows(page, "action=\"/logout\""));
    co_await kept.edge.stop();
}

CO_TEST(product_page, the_largest_description_fits_into_the_form) {
    kept_catalog kept;
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += "%F0%9F%92%A1";

    const auto answer = co_await kept.person.open_and_send("/products/new", "name=a&price=1&description=" + text);

    EXPECT_EQ(answer.status, 303);
    co_await kept.edge.stop();
}

CO_TEST(product_page, trouble_that_passes_leaves_the_form_as_it_was) {
    kept_catalog kept;
    kept.catalog.trouble["product.update"] = core::error{core::error_kind::overloaded, "Too much to do."};
    co_await kept.person.open("/products/p1/edit");

    const auto page = co_await kept.person.send("/products/p1", "name=New&price=1&description=&version=3");

    EXPECT_EQ(page.status, 503);
    EXPECT_EQ(page.header("retry-after"), "1");
    EXPECT_TRUE(shows(page, "Too much to do."));
    EXPECT_TRUE(shows(page, "value=\"New\""));
    EXPECT_TRUE(shows(page, "name=\"version\" value=\"3\""));
    EXPECT_TRUE(shows(page, "action=\"/products/p1\""));
    co_await kept.edge.stop();
}

CO_TEST(product_page, fields_of_forms_have_labels_and_say_what_they_are) {
    kept_catalog kept;

    const auto page = co_await kept.person.open("/products/new");

    EXPECT_TRUE(shows(page, "<label for=\"description\">"));
    EXPECT_TRUE(shows(page, "<textarea id=\"description\" name=\"description\""));
    EXPECT_TRUE(shows(page, "type=\"text\" autocomplete=\"off\" inputmode=\"decimal\""));
    EXPECT_FALSE(shows(page, "maxlength"));
    EXPECT_FALSE(shows(page, ">Sign in</a>"));
    co_await kept.edge.stop();
}

}  // namespace
}  // namespace web::testing
