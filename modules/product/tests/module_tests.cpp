#include "module_under_test.hpp"
#include "price.hpp"

namespace product::test {
// S3-01: it is stored when the answer comes, and read at once.
CO_TEST(product_module, what_was_created_is_read_as_it_was_written) {
    module_under_test products;

    const auto made = co_await products.create("Grüne Kanne", "für Tee", "19.90");
    CO_ASSERT_TRUE(made.has_value());
    const auto read = co_await products.get(made->id);

    CO_ASSERT_TRUE(read.has_value());
    EXPECT_EQ(*read, made->view());
    EXPECT_EQ(read->price, "19.90");
    EXPECT_EQ(read->version, 1);
    EXPECT_EQ(read->created_at, products.world.clock.now());
    const auto events = products.published<product_created>();
    CO_ASSERT_TRUE(events.size() == 1);
    EXPECT_EQ(events[0].product_id, made->id);
    EXPECT_EQ(events[0].version, 1);
    EXPECT_EQ(events[0].created_at, made->created_at);
}

// S3-37: the reader sees an update, and so does who wrote it, in the next read of any kind.
CO_TEST(product_module, S3_37_an_update_reaches_the_reader) {
    module_under_test products;
    const auto made = co_await products.create("Lamp", "green", "9.90");
    CO_ASSERT_TRUE(made.has_value());
    CO_ASSERT_TRUE((co_await products.get(made->id)).has_value());
    products.world.clock.advance(std::chrono::seconds{5});

    const auto written = co_await products.write(update_product{made->id, "Torch", "red", "12"});
    CO_ASSERT_TRUE(written.has_value());
    const auto read = co_await products.get(made->id);

    CO_ASSERT_TRUE(read.has_value());
    EXPECT_EQ(*read, written->view());
    EXPECT_EQ(read->version, 2);
    EXPECT_EQ(read->updated_at, products.world.clock.now());
    EXPECT_EQ(co_await products.names({.search = "torch"}), "Torch");
    EXPECT_EQ(co_await products.names({.search = "lamp"}), "");
}

// S3-40: by the event itself, so not by luck.
CO_TEST(product_module, S3_40_an_update_keeps_when_it_was_made) {
    module_under_test products;
    const auto made = co_await products.create("Lamp");
    CO_ASSERT_TRUE(made.has_value());
    products.world.clock.advance(std::chrono::hours{1});

    co_await products.write(update_product{made->id, "Torch", "", "1"});

    const auto read = co_await products.get(made->id);
    CO_ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->created_at, made->created_at);
    EXPECT_EQ(products.published<product_updated>().at(0).created_at, made->created_at);
}

CO_TEST(product_module, what_was_deleted_is_found_nowhere) {
    module_under_test products;
    const auto made = co_await products.create("Lamp");
    CO_ASSERT_TRUE(made.has_value());

    const auto removed = co_await products.remove(made->id);

    EXPECT_TRUE(removed.has_value());
    EXPECT_EQ((co_await products.get(made->id)).error().kind, core::error_kind::not_found);
    EXPECT_EQ(co_await products.names({.search = "lamp"}), "");
    EXPECT_EQ((co_await products.search({})).value().total_count, 0);
    EXPECT_EQ(products.published<product_deleted>().at(0).version, 2);
}

// S3-13, S3-39.
CO_TEST(product_module, S3_13_what_does_not_exist_is_neither_changed_nor_deleted) {
    module_under_test products;

    EXPECT_EQ((co_await products.get("nonsense")).error().kind, core::error_kind::not_found);
    EXPECT_EQ((co_await products.write(update_product{"nonsense", "a", "", 1})).error().kind,
              core::error_kind::not_found);
    EXPECT_EQ((co_await products.write(patch_product{"nonsense", {{"name", "a"}}})).error().kind,
              core::error_kind::not_found);
    EXPECT_EQ((co_await products.remove("nonsense")).error().kind, core::error_kind::not_found);
    EXPECT_EQ(products.count("event_log"), 0);
}

// S3-08, S3-38: one rule for each field, of both sides; the limits themselves are fine.
CO_TEST(product_module, S3_38_what_the_writer_takes_the_reader_shows) {
    module_under_test products;
    const std::string longest_name(200, 'n');
    const std::string longest_description(10'000, 'd');

    const auto wrong = co_await products.create("  ", std::string(10'001, 'x'), "free");
    const auto longest = co_await products.create(longest_name, longest_description, 0);
    const auto shortest = co_await products.create("n", "", "999999999999.99");

    CO_ASSERT_TRUE(!wrong);
    EXPECT_EQ(wrong.error().fields.size(), 3U);
    EXPECT_EQ(products.published<product_created>().size(), 2U);
    EXPECT_EQ((co_await products.get(longest.value().id)).value().description, longest_description);
    EXPECT_EQ((co_await products.get(shortest.value().id)).value().name, "n");
}

// S3-31: zero and nothing are values as any other, and what is left out stays.
CO_TEST(product_module, S3_31_a_patch_changes_what_it_names_and_nothing_else) {
    module_under_test products;
    const auto made = co_await products.create("Lamp", "green", "9.90");
    CO_ASSERT_TRUE(made.has_value());

    const auto cheap = co_await products.write(patch_product{made->id, {{"price", 0}}});
    const auto bare = co_await products.write(patch_product{made->id, {{"description", ""}}});

    CO_ASSERT_TRUE(cheap && bare);
    EXPECT_EQ(cheap->price, "0");
    EXPECT_EQ(cheap->description, "green");
    const auto read = (co_await products.get(made->id)).value();
    EXPECT_EQ(read.name, "Lamp");
    EXPECT_EQ(read.description, "");
    EXPECT_EQ(read.price, "0");
    EXPECT_EQ(read.version, 3);
}

CO_TEST(product_module, a_patch_names_each_field_that_is_wrong) {
    module_under_test products;
    const auto made = co_await products.create("Lamp");
    CO_ASSERT_TRUE(made.has_value());

    const auto wrong = co_await products.write(
        patch_product{made->id, {{"name", nullptr}, {"description", 7}, {"price", "free"}, {"id", "other"}}});
    const auto list = co_await products.write(patch_product{made->id, nlohmann::json::array({1})});

    CO_ASSERT_TRUE(!wrong && !list);
    std::vector<std::string> fields;
    for (const auto& one : wrong.error().fields) fields.push_back(one.field);
    EXPECT_EQ(fields, (std::vector<std::string>{"description", "id", "name", "price"}));
    EXPECT_EQ(list.error().kind, core::error_kind::invalid);
    EXPECT_EQ((co_await products.get(made->id)).value().version, 1);
}

CO_TEST(product_module, what_changes_nothing_is_no_event_and_no_version) {
    module_under_test products;
    const auto made = co_await products.create("Lamp", "green", "9.90");
    CO_ASSERT_TRUE(made.has_value());
    products.world.clock.advance(std::chrono::seconds{1});

    const auto same = co_await products.write(update_product{made->id, "Lamp", "green", "9.90"});
    const auto empty = co_await products.write(patch_product{made->id, nlohmann::json::object()});

    CO_ASSERT_TRUE(same && empty);
    EXPECT_EQ(bus::to_json(*same), bus::to_json(*made));
    EXPECT_EQ(bus::to_json(*empty), bus::to_json(*made));
    EXPECT_TRUE(products.published<product_updated>().empty());
}

CO_TEST(product_module, of_two_who_know_the_same_version_one_succeeds) {
    module_under_test products;
    const auto made = co_await products.create("Lamp");
    CO_ASSERT_TRUE(made.has_value());
    const std::vector<std::int64_t> known{made->version};

    const auto first = co_await products.write(update_product{made->id, "First", "", "1", known});
    const auto second = co_await products.write(patch_product{made->id, {{"name", "Second"}}, known});
    const auto third = co_await products.request(delete_product{made->id, known});
    const auto nobody = co_await products.request(delete_product{made->id, std::vector<std::int64_t>{}});

    EXPECT_TRUE(first.has_value());
    EXPECT_EQ(second.error().kind, core::error_kind::precondition_failed);
    EXPECT_EQ(third.error().kind, core::error_kind::precondition_failed);
    EXPECT_EQ(nobody.error().kind, core::error_kind::precondition_failed);
    EXPECT_EQ((co_await products.get(made->id)).value().name, "First");
}

// S3-12: zero is a price.
TEST(price, S3_12_is_taken_as_string_or_number_and_given_back_as_text) {
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

TEST(price, is_compared_in_cents) {
    EXPECT_EQ(cents_of("0"), 0);
    EXPECT_EQ(cents_of("19.9"), 1990);
    EXPECT_EQ(cents_of("19.90"), 1990);
    EXPECT_EQ(cents_of("0.05"), 5);
    EXPECT_EQ(cents_of("999999999999.99"), 99'999'999'999'999);
}

}  // namespace product::test
