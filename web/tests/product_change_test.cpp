#include "scripted_catalog.hpp"

namespace web::testing {
namespace {

const core::error changed_meanwhile{core::error_kind::precondition_failed, "It is at version 4."};
const core::error not_there{core::error_kind::not_found, "There is no such product."};

CO_TEST(product_change, is_edited_as_the_version_that_was_seen) {
    kept_catalog kept;
    kept.catalog.lamp.version = 12;

    const auto form = co_await kept.person.open("/products/p1/edit");
    const auto answer = co_await kept.person.send("/products/p1", "name=New&price=1&description=a%0D%0Ab&version=12");
    const auto asked = kept.catalog.last();
    const auto told = co_await kept.person.open("/products/p1");

    EXPECT_TRUE(shows(form, "name=\"version\" value=\"12\""));
    EXPECT_TRUE(shows(form, "value=\"Lamp\""));
    EXPECT_TRUE(shows(form, "\nTwo\nlines</textarea>"));
    EXPECT_EQ(answer.header("location"), "/products/p1");
    EXPECT_EQ(asked,
              "product.update {\"id\":\"p1\",\"name\":\"New\",\"description\":\"a\\nb\",\"price\":\"1\","
              "\"versions\":[12]}");
    EXPECT_TRUE(shows(told, "The product is saved."));
    co_await kept.edge.stop();
}

CO_TEST(product_change, of_a_product_changed_meanwhile_shows_both_and_overwrites_nothing) {
    kept_catalog kept;
    co_await kept.person.open("/products/p1/edit");
    kept.catalog.trouble["product.update"] = changed_meanwhile;
    kept.catalog.lamp.name = "<b>Theirs";
    kept.catalog.lamp.version = 4;

    const auto page =
        co_await kept.person.send("/products/p1", "name=Mine&price=9.90&description=Two%0D%0Alines&version=3");

    EXPECT_EQ(page.status, 412);
    EXPECT_TRUE(shows(page, "Nothing of yours is saved yet."));
    EXPECT_TRUE(shows(page, "<dt>Name <span class=\"tag\">Not what you typed</span></dt>"));
    EXPECT_TRUE(shows(page, "<dt>Price</dt>"));
    EXPECT_TRUE(shows(page, "<dt>Description</dt>"));
    EXPECT_TRUE(shows(page, "&lt;b&gt;Theirs"));
    EXPECT_TRUE(shows(page, "value=\"Mine\""));
    EXPECT_TRUE(shows(page, "name=\"version\" value=\"4\""));
    EXPECT_TRUE(shows(page, "action=\"/products/p1\""));
    co_await kept.edge.stop();
}

CO_TEST(product_change, a_form_that_names_no_version_matches_none) {
    kept_catalog kept;
    co_await kept.person.open("/products/p1/edit");

    for (const auto* version : {"", "&version=", "&version=x", "&version=3x"}) {
        co_await kept.person.send("/products/p1", std::string{"name=a&price=1"} + version);
        EXPECT_TRUE(kept.catalog.last().ends_with(R"("versions":[]})")) << kept.catalog.last();
    }
    co_await kept.person.send("/products/p1/delete", "");
    EXPECT_EQ(kept.catalog.last(), R"(product.delete {"id":"p1","versions":[]})");
    co_await kept.edge.stop();
}

CO_TEST(product_change, what_was_typed_outlives_a_product_that_was_deleted_meanwhile) {
    kept_catalog kept;
    co_await kept.person.open("/products/p1/edit");
    kept.catalog.trouble["product.update"] = not_there;

    const auto page = co_await kept.person.send("/products/p1", "name=Mine&price=1&description=&version=3");

    EXPECT_EQ(page.status, 404);
    EXPECT_TRUE(shows(page, "Somebody has deleted this product meanwhile."));
    EXPECT_TRUE(shows(page, "action=\"/products/new\""));
    EXPECT_TRUE(shows(page, "value=\"Mine\""));
    co_await kept.edge.stop();
}

CO_TEST(product_change, is_deleted_after_a_question_as_the_version_that_was_seen) {
    kept_catalog kept;

    const auto asks = co_await kept.person.open("/products/p1/delete");
    const auto untouched = kept.catalog.last();
    const auto answer = co_await kept.person.send("/products/p1/delete", "version=3");
    const auto asked = kept.catalog.last();
    const auto told = co_await kept.person.open("/products");

    EXPECT_TRUE(shows(asks, "Delete this product?"));
    EXPECT_TRUE(shows(asks, "name=\"version\" value=\"3\""));
    EXPECT_TRUE(untouched.starts_with("product.get"));
    EXPECT_EQ(answer.header("location"), "/products");
    EXPECT_EQ(asked, R"(product.delete {"id":"p1","versions":[3]})");
    EXPECT_TRUE(shows(told, "The product is deleted."));
    co_await kept.edge.stop();
}

CO_TEST(product_change, a_product_changed_meanwhile_is_asked_about_again) {
    kept_catalog kept;
    co_await kept.person.open("/products/p1/delete");
    kept.catalog.trouble["product.delete"] = changed_meanwhile;
    kept.catalog.lamp.version = 4;

    const auto page = co_await kept.person.send("/products/p1/delete", "version=3");
    kept.catalog.trouble["product.delete"] = not_there;
    const auto gone = co_await kept.person.send("/products/p1/delete", "version=4");

    EXPECT_EQ(page.status, 412);
    EXPECT_TRUE(shows(page, "Somebody has changed this product"));
    EXPECT_TRUE(shows(page, "name=\"version\" value=\"4\""));
    EXPECT_EQ(gone.header("location"), "/products");
    co_await kept.edge.stop();
}

// S3-37: pages and JSON alike read nothing older than what either has written.
CO_TEST(product_change, S3_37_what_was_written_here_is_read_here_and_by_programs) {
    for (const std::string path : {"/products/new", "/products/p1", "/products/p1/delete"}) {
        kept_catalog kept;
        co_await kept.person.open("/products/new");
        co_await kept.person.send(path, "name=a&price=1&version=3");

        co_await kept.person.open("/products/p1");
        EXPECT_EQ(kept.catalog.last(), R"(product.get {"id":"p1","not_before":7})") << path;
        co_await kept.person.open("/products");
        EXPECT_TRUE(kept.catalog.last().ends_with(R"("not_before":7})")) << kept.catalog.last();
        co_await kept.edge.ask_admin(get("/api/v1/products/p1"));
        EXPECT_EQ(kept.catalog.last(), R"(product.get {"id":"p1","not_before":7})") << path;
        co_await kept.edge.stop();
    }
}

}  // namespace
}  // namespace web::testing
