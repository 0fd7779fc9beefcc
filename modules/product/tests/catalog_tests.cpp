#include <bus/publish.hpp>
#include <core/notifier.hpp>

#include "catalog_rows.hpp"
#include "module_under_test.hpp"

namespace product::test {
namespace {

template <class... Events>
core::awaitable<void> publish(module_under_test& products, Events... events) {
    co_await products.database().write({}, [&](storage::transaction& transaction) {
        (std::ignore = ... = bus::publish(transaction, std::move(events)));
    });
    co_await products.finished();
}

}  // namespace

// S3-39: handled twice, with the note that it is done and without.
CO_TEST(product_catalog, S3_39_events_that_come_again_change_nothing) {
    for (const auto again : {harness::redelivery::when_done, harness::redelivery::after_a_crash}) {
        module_under_test products;
        products.each_event = again;

        const auto kept = co_await products.create("kept");
        const auto gone = co_await products.create("gone");
        CO_ASSERT_TRUE(kept && gone);
        co_await products.write(patch_product{kept->id, {{"name", "renamed"}}});
        co_await products.remove(gone->id);
        co_await products.finished();

        EXPECT_EQ(co_await products.names({}), "renamed");
        EXPECT_EQ(products.count("parked"), 0);
    }
}

// S3-39: nor is what was never there a reason to fail.
CO_TEST(product_catalog, S3_39_a_deletion_of_what_it_does_not_know_is_only_remembered) {
    module_under_test products;

    co_await publish(products, product_deleted{"p1", 3, products.world.clock.now()},
                     product_deleted{"p1", 3, products.world.clock.now()});
    co_await publish(products, product_created{"p1", "late", "", "1", 1});

    EXPECT_EQ(products.count("catalog"), 0);
    EXPECT_EQ(products.count("catalog_deleted"), 1);
    EXPECT_EQ(products.count("parked"), 0);
}

// S3-40, S3-27.
CO_TEST(product_catalog, S3_40_an_older_version_never_replaces_a_newer_one) {
    module_under_test products;
    const auto born = products.world.clock.now();

    co_await publish(products, product_updated{"p1", "second", "", "2", 2, born, born + std::chrono::seconds{1}});
    co_await publish(products, product_created{"p1", "first", "", "1", 1, born, born});

    const auto read = (co_await products.get("p1")).value();
    EXPECT_EQ(read.name, "second");
    EXPECT_EQ(read.created_at, born);
    EXPECT_EQ((co_await products.search({})).value().total_count, 1);
}

CO_TEST(product_catalog, forgets_deletions_that_nothing_can_contradict_any_more) {
    module_under_test products;
    co_await publish(products, product_deleted{"p1", 2, products.world.clock.now()});
    products.world.clock.advance(std::chrono::days{8});

    co_await publish(products, product_deleted{"p2", 2, products.world.clock.now()});

    EXPECT_EQ(products.count("catalog_deleted WHERE id = 'p1'"), 0);
    EXPECT_EQ(products.count("catalog_deleted WHERE id = 'p2'"), 1);
}

// An event of the first version of the module, as it may wait in a log.
CO_TEST(product_catalog, reads_events_that_have_no_version_yet) {
    module_under_test products;

    co_await products.database().write({}, [](storage::transaction& transaction) {
        storage::event_record old;
        old.type = product_created::message.name;
        old.version = 1;
        old.key = "p1";
        old.data = R"({"product_id":"p1","name":"Lamp","description":"","price":"1"})";
        transaction.append(std::move(old), {});
    });
    co_await products.finished();

    EXPECT_EQ((co_await products.get("p1")).value().version, 1);
}

// What cannot be had in time is refused, and not answered from what is old.
CO_TEST(product_catalog, a_read_waits_for_what_was_written_and_for_nothing_else) {
    module_under_test products;
    const auto made = co_await products.create("Lamp");
    CO_ASSERT_TRUE(made.has_value());
    co_await products.finished();

    const auto without = co_await products.request(get_product{made->id, std::nullopt});
    // No such event has happened: the edge knows of it from a file that was put back.
    const auto beyond = co_await products.request(get_product{made->id, 1'000'000});

    EXPECT_TRUE(without.has_value());
    EXPECT_TRUE(beyond.has_value());
}

CO_TEST(product_catalog, is_made_of_the_table_once_when_it_is_new) {
    module_under_test products;
    const auto made = co_await products.create("Lamp", "", "999999999999.99");
    CO_ASSERT_TRUE(made.has_value());
    co_await products.finished();

    const auto cents = products.database().read([](storage::reader& reader) {
        return reader.query_one<std::int64_t, std::int64_t>(
            "SELECT cents, CAST(round(CAST(price AS REAL) * 100) AS INTEGER) FROM catalog");
    });

    EXPECT_EQ(std::get<0>(cents), 99'999'999'999'999);
    EXPECT_EQ(std::get<0>(cents), std::get<1>(cents));
}

}  // namespace product::test
