#include "catalog_difference.hpp"
#include "module_under_test.hpp"
#include "word_rows.hpp"

namespace product::test {
namespace {

class checked_products : public module_under_test {
public:
    // All steps of a walk, as text: "id: what is wrong" and a blank, in the words of the names if the id is known.
    core::awaitable<std::string> walk(bool repair = false) {
        std::string text;
        for (std::optional<std::string> after{""}; after;) {
            auto step = co_await request(check_catalog{*after, repair});
            if (!step) co_return step.error().detail;
            for (const auto& one : step->wrong) text += (text.empty() ? "" : "; ") + name_of(one.id) + " " + one.detail;
            looked_at += step->products;
            after = std::move(step->next);
        }
        co_return text;
    }

    core::awaitable<void> change(std::string sql) {
        co_await database().write({}, [&sql](storage::transaction& transaction) { transaction.execute(sql); });
    }

    // Many on both sides, p0001 and so on, without the time that their events would take.
    core::awaitable<void> fill(int count) {
        co_await change("WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers LIMIT " +
                        std::to_string(count) +
                        ") INSERT INTO products (id, name, description, price, version, created_at, updated_at) "
                        "SELECT printf('p%04d', number), 'cup', 'blue', '1', 1, 0, 0 FROM numbers");
        co_await change(
            "INSERT INTO catalog (id, name, description, price, cents, version, created_at, updated_at) "
            "SELECT id, name, description, price, 100, version, created_at, updated_at FROM products");
    }

    core::awaitable<void> rebuild_words() {
        std::ignore = co_await request(rebuild_index{});
        while (!(co_await request(get_index_progress{})).value().is_complete)
            co_await advance(std::chrono::milliseconds{200});
    }

    std::int64_t looked_at = 0;

private:
    std::string name_of(const std::string& id) {
        const auto name = database().read([&id](storage::reader& reader) {
            return reader.query_optional<std::string>("SELECT name FROM products WHERE id = ?1", id);
        });
        return name.value_or(id);
    }
};

product_view view(const char* id, std::int64_t version) { return {id, "name", "", "1", version, {}, {}}; }

}  // namespace

TEST(catalog_difference, is_what_one_side_lacks_or_has_otherwise) {
    auto renamed = view("3", 1);
    renamed.name = "other";
    renamed.price = "2";

    std::string text;
    for (const auto& one : differences_of({view("1", 1), view("2", 2), view("3", 1), view("5", 1)},
                                          {view("2", 1), renamed, view("4", 1), view("5", 1)}))
        text += one.id + " " + one.describe() + "\n";

    EXPECT_EQ(text,
              "1 is not shown\n"
              "2 is shown at version 1, and is at 2\n"
              "3 is shown with another name, price\n"
              "4 is shown, but there is no such product\n");
}

CO_TEST(product_check, finds_nothing_wrong_where_both_sides_are_alike) {
    checked_products products;
    co_await products.fill(210);  // more than are read at once
    co_await products.create("made by an event");

    EXPECT_EQ(co_await products.walk(), "");
    EXPECT_EQ(products.looked_at, 211);
}

CO_TEST(product_check, names_all_that_is_shown_otherwise_than_it_is_and_repairs_it) {
    checked_products products;
    for (const auto* name : {"lost", "old", "changed", "mute", "right"}) co_await products.create(name);
    co_await products.finished();
    EXPECT_EQ(co_await products.walk(), "");

    co_await products.change("DELETE FROM catalog WHERE name = 'lost'");
    co_await products.change("INSERT INTO catalog_deleted SELECT id, 9, created_at FROM products WHERE name = 'lost'");
    co_await products.change("UPDATE catalog SET version = 0 WHERE name = 'old'");
    co_await products.change("UPDATE catalog SET price = '7', cents = 700 WHERE name = 'changed'");
    co_await products.change(
        "INSERT INTO catalog (id, name, description, price, cents, version, created_at, updated_at) "
        "VALUES ('zz', 'ghost', '', '1', 100, 1, 0, 0)");

    const auto* const wrong =
        "lost is not shown; old is shown at version 0, and is at 1; changed is shown with another price; "
        "zz is shown, but there is no such product";
    // Nobody told the index of the last one.
    EXPECT_EQ(co_await products.walk(), std::string{wrong} + "; zz is not found by its words");
    EXPECT_EQ(co_await products.walk(true), wrong);

    EXPECT_EQ(co_await products.walk(), "");
    EXPECT_EQ(products.count("products JOIN catalog USING (id, name, description, price, version, created_at, "
                             "updated_at)"),
              5);
}

CO_TEST(product_check, names_what_is_not_found_by_its_words_until_the_index_is_made_anew) {
    checked_products products;
    for (int i = 0; i < 12; ++i) co_await products.create("cup" + std::to_string(i), "blue");
    EXPECT_EQ((co_await products.search({.search = "blue"})).value().total_count, 12);
    co_await products.change("INSERT INTO catalog_words_a (catalog_words_a) VALUES ('delete-all')");
    EXPECT_EQ((co_await products.search({.search = "blue"})).value().total_count, 0);
    EXPECT_TRUE((co_await products.walk()).starts_with("cup0 is not found by its words; cup1 is"));

    co_await products.rebuild_words();

    EXPECT_EQ((co_await products.search({.search = "blue"})).value().total_count, 12);
    EXPECT_EQ(co_await products.walk(), "");
}

// What is written while the new index is made is in both, and a process that ends meanwhile goes on.
CO_TEST(product_check, an_index_that_is_made_anew_takes_in_what_changes_meanwhile) {
    checked_products products;
    co_await products.fill(520);
    EXPECT_EQ(co_await products.names({.search = "cup", .size = 1}), "cup");

    co_await products.database().write({}, &word_rows::begin_anew);
    co_await products.database().write({}, &word_rows::index_some);  // the first 500
    co_await products.write(patch_product{"p0001", {{"name", "lamp"}}});
    co_await products.remove("p0002");
    co_await products.remove("p0511");
    EXPECT_FALSE((co_await products.request(get_index_progress{})).value().is_complete);
    co_await products.reopen(harness::ending::killed);
    co_await products.write(patch_product{"p0520", {{"name", "jug"}}});
    while (!(co_await products.request(get_index_progress{})).value().is_complete)
        co_await products.advance(std::chrono::milliseconds{200});

    EXPECT_EQ(co_await products.names({.search = "lamp"}), "lamp");
    EXPECT_EQ(co_await products.names({.search = "jug"}), "jug");
    EXPECT_EQ((co_await products.search({.search = "cup"})).value().total_count, 516);
    EXPECT_EQ(co_await products.walk(), "");
    EXPECT_EQ(products.count("catalog_index WHERE searched = 'b'"), 1);
    EXPECT_EQ(products.count("catalog_words_b_docsize"), 518);
    EXPECT_EQ(products.count("catalog_words_a_docsize"), 0);
}

CO_TEST(product_check, steps_have_a_place_to_go_on_from_and_sizes_a_range) {
    checked_products products;
    for (int i = 0; i < 3; ++i) co_await products.create("cup" + std::to_string(i));

    const auto first = (co_await products.request(list_written{"", 2})).value();
    const auto second = (co_await products.request(list_written{first.items.back().id, 2})).value();

    EXPECT_TRUE(first.has_more && !second.has_more);
    EXPECT_EQ(first.items.size() + second.items.size(), 3U);
    EXPECT_EQ(first.position, products.position);
    for (const auto size : {0, 501})
        EXPECT_EQ((co_await products.request(list_written{"", size})).error().kind, core::error_kind::invalid);
}

}  // namespace product::test
