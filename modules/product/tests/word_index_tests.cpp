#include "module_under_test.hpp"
#include "word_rows.hpp"

namespace product::test {
namespace {

class searched_catalog : public module_under_test {
public:
    core::awaitable<std::string> find(std::string words) { return names({.search = std::move(words), .sort = "name"}); }

    // Throws when an index holds other words than the table.
    core::awaitable<void> check_index() {
        co_await database().write({}, [](storage::transaction& transaction) {
            const auto table = word_rows::searched(transaction);
            transaction.execute("INSERT INTO " + table + " (" + table + ", rank) VALUES ('integrity-check', 1)");
        });
    }

    core::awaitable<void> lose_words() {
        co_await database().write({}, [](storage::transaction& transaction) {
            const auto table = word_rows::searched(transaction);
            transaction.execute("INSERT INTO " + table + " (" + table + ") VALUES ('delete-all')");
        });
    }

    std::int64_t unindexed() {
        return database().read([](storage::reader& reader) {
            return reader.query_one<std::int64_t>(
                "SELECT (SELECT count(*) FROM catalog_unindexed) + "
                "(SELECT count(*) FROM catalog WHERE number > indexed_to) FROM catalog_index");
        });
    }

    core::awaitable<std::int64_t> all() { co_return (co_await search({})).value().total_count; }
};

}  // namespace

CO_TEST(product_words, who_searches_waits_for_the_words_of_what_has_changed) {
    searched_catalog products;
    const auto cup = (co_await products.create("cup", "blue")).value();
    const auto lamp = (co_await products.create("lamp", "blue")).value();
    co_await products.finished();
    EXPECT_EQ(products.unindexed(), 2);

    EXPECT_EQ(co_await products.find("blue"), "cup lamp");
    EXPECT_EQ(products.unindexed(), 0);

    co_await products.write(patch_product{cup.id, {{"name", "mug"}}});
    co_await products.write(patch_product{cup.id, {{"name", "jug"}}});
    co_await products.remove(lamp.id);
    EXPECT_EQ(co_await products.find("blue"), "jug");
    EXPECT_EQ(co_await products.find("mug"), "");
    EXPECT_EQ(co_await products.find("cup"), "");
    co_await products.check_index();
}

CO_TEST(product_words, are_put_in_after_a_while_without_anybody_who_searches) {
    searched_catalog products;
    co_await products.create("cup");
    co_await products.finished();
    EXPECT_EQ(products.unindexed(), 1);

    co_await products.advance(std::chrono::seconds{1});

    EXPECT_EQ(products.unindexed(), 0);
    co_await products.check_index();
}

CO_TEST(product_words, of_a_product_that_came_and_went_in_between_are_not_there) {
    searched_catalog products;
    const auto first = (co_await products.create("cup")).value();
    co_await products.remove(first.id);
    co_await products.create("lamp");  // takes the number of the first
    co_await products.finished();

    EXPECT_EQ(co_await products.find("cup"), "");
    EXPECT_EQ(co_await products.find("lamp"), "lamp");
    const auto lamp = (co_await products.search({})).value().items.front();
    co_await products.remove(lamp.id);
    co_await products.create("mug");  // the same, with words of the second in the index
    EXPECT_EQ(co_await products.find("lamp"), "");
    EXPECT_EQ(co_await products.find("mug"), "mug");
    co_await products.check_index();
}

CO_TEST(product_words, are_counted_whether_they_are_in_the_index_or_not) {
    searched_catalog products;
    const auto cup = (co_await products.create("cup")).value();
    const auto lamp = (co_await products.create("lamp")).value();
    EXPECT_EQ(co_await products.all(), 2);
    EXPECT_EQ(co_await products.find("cup"), "cup");
    EXPECT_EQ(co_await products.all(), 2);

    const auto mug = (co_await products.create("mug")).value();
    co_await products.remove(cup.id);
    EXPECT_EQ(co_await products.all(), 2);
    co_await products.remove(mug.id);  // which is not in the index
    co_await products.remove(lamp.id);
    EXPECT_EQ(co_await products.all(), 0);

    co_await products.create("jug");
    EXPECT_EQ(co_await products.all(), 1);
    EXPECT_EQ(co_await products.find("jug"), "jug");
    EXPECT_EQ(co_await products.all(), 1);
    co_await products.check_index();
}

// While a new index is made, products come, change, go, and take the numbers of others.
CO_TEST(product_words, of_what_changes_while_an_index_is_made_are_in_the_new_one) {
    searched_catalog products;
    std::vector<std::string> ids;
    for (const auto* name : {"cup", "lamp", "mug"}) ids.push_back((co_await products.create(name, "blue")).value().id);
    EXPECT_EQ(co_await products.find("blue"), "cup lamp mug");

    co_await products.database().write({}, [](storage::transaction& transaction) {
        word_rows::begin_anew(transaction);
        EXPECT_EQ(word_rows::index_some(transaction), storage::index_state::filling);  // all three are in both
    });
    co_await products.remove(ids.back());
    co_await products.create("jug", "blue");
    co_await products.write(patch_product{ids.front(), {{"name", "pot"}}});
    while (!(co_await products.request(get_index_progress{})).value().is_complete)
        co_await products.advance(std::chrono::milliseconds{200});

    EXPECT_EQ(products.count("catalog_index WHERE searched = 'b'"), 1);
    EXPECT_EQ(co_await products.find("blue"), "jug lamp pot");
    EXPECT_EQ(co_await products.find("mug"), "");
    co_await products.check_index();
}

CO_TEST(product_words, of_a_product_with_the_number_of_one_that_was_in_the_index_are_put_in) {
    searched_catalog products;
    const auto cup = (co_await products.create("cup")).value();
    EXPECT_EQ(co_await products.find("cup"), "cup");
    const auto lamp = (co_await products.create("lamp")).value();
    co_await products.remove(cup.id);
    co_await products.remove(lamp.id);  // which was never in the index

    co_await products.create("mug");

    EXPECT_EQ(co_await products.find("mug"), "mug");
    EXPECT_EQ(co_await products.find("cup"), "");
    EXPECT_EQ(co_await products.all(), 1);
    co_await products.check_index();
}

CO_TEST(product_words, that_were_not_put_in_before_the_end_are_put_in_after_the_start) {
    searched_catalog products;
    co_await products.create("cup");
    co_await products.finished();

    co_await products.reopen(harness::ending::killed);

    EXPECT_EQ(co_await products.find("cup"), "cup");
    co_await products.check_index();
}

// FTS5 cannot take out what is not there.
CO_TEST(product_words, are_all_put_in_again_when_the_index_does_not_fit) {
    searched_catalog products;
    const auto cup = (co_await products.create("cup", "blue")).value();
    co_await products.create("lamp", "blue");
    EXPECT_EQ(co_await products.find("blue"), "cup lamp");
    co_await products.lose_words();

    co_await products.remove(cup.id);

    EXPECT_EQ(co_await products.find("blue"), "lamp");
    co_await products.check_index();
    EXPECT_FALSE(products.world.fatal);
}

CO_TEST(product_words, of_a_broken_index_are_put_in_again_when_a_search_finds_it) {
    searched_catalog products;
    co_await products.create("cup");
    EXPECT_EQ(co_await products.find("cup"), "cup");
    co_await products.database().write({}, [](storage::transaction& transaction) {
        transaction.execute("UPDATE catalog_words_a_data SET block = x'00' WHERE id > 10");
    });
    co_await products.reopen();

    const auto refused = co_await products.search({.search = "cup"});
    CO_ASSERT_TRUE(!refused);
    EXPECT_EQ(refused.error().kind, core::error_kind::overloaded);

    EXPECT_EQ(co_await products.find("cup"), "cup");
    EXPECT_FALSE(products.world.fatal);
}

}  // namespace product::test
