#pragma once

#include <bus/message.hpp>
#include <core/clock.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

// What the module product says and answers: commands of the write side, what came of them, and questions to the read
// side.
//
// A change is committed before the reader has heard of it. So the answer to each command has the position in the
// module's event log at which the change stands, and a question can ask for an answer not older than one.
namespace product {

struct product_view {
    std::string id;
    std::string name;
    std::string description;
    std::string price;  // decimal, as it was written
    std::int64_t version = 1;
    core::timestamp created_at{};
    core::timestamp updated_at{};

    bool operator==(const product_view&) const = default;
};
BOOST_DESCRIBE_STRUCT(product_view, (), (id, name, description, price, version, created_at, updated_at))

// A product as a command has left it.
struct written_product {
    std::string id;
    std::string name;
    std::string description;
    std::string price;
    std::int64_t version = 1;
    core::timestamp created_at{};
    core::timestamp updated_at{};
    std::optional<std::int64_t> position{};  // of the event that tells of this version

    [[nodiscard]] product_view view() const { return {id, name, description, price, version, created_at, updated_at}; }
};
BOOST_DESCRIBE_STRUCT(written_product, (), (id, name, description, price, version, created_at, updated_at, position))

// Errors: invalid with the fields name, description, price.
struct create_product {
    static constexpr auto message = bus::request<written_product>("product.create", 1);
    std::string name;
    std::string description;
    nlohmann::json price;  // a string or a number, as it came
};
BOOST_DESCRIBE_STRUCT(create_product, (), (name, description, price))

// Replaces all that can be changed. What changes nothing leaves version and updated_at as they are, and is no event.
// `versions`: those of which the present one has to be; without them any is right. Errors: as create_product's;
// not_found; precondition_failed.
struct update_product {
    static constexpr auto message = bus::request<written_product>("product.update", 1);
    std::string id;
    std::string name;
    std::string description;
    nlohmann::json price;
    std::optional<std::vector<std::int64_t>> versions{};
};
BOOST_DESCRIBE_STRUCT(update_product, (), (id, name, description, price, versions))

// `patch`: a JSON merge patch (RFC 7396) on {name, description, price}. A product always has all three, so null, which
// would remove one, is invalid, as is any other field. Otherwise as update_product.
struct patch_product {
    static constexpr auto message = bus::request<written_product>("product.patch", 1);
    std::string id;
    nlohmann::json patch;
    std::optional<std::vector<std::int64_t>> versions{};
};
BOOST_DESCRIBE_STRUCT(patch_product, (), (id, patch, versions))

struct removed_product {
    std::int64_t position = 0;  // of the event
};
BOOST_DESCRIBE_STRUCT(removed_product, (), (position))

// Errors: not_found; precondition_failed, see update_product.
struct delete_product {
    static constexpr auto message = bus::request<removed_product>("product.delete", 1);
    std::string id;
    std::optional<std::vector<std::int64_t>> versions{};
};
BOOST_DESCRIBE_STRUCT(delete_product, (), (id, versions))

// Errors: not_found; overloaded, when the reader was not at `not_before` in time.
struct get_product {
    static constexpr auto message = bus::request<product_view>("product.get", 1, bus::repetition::harmless);
    std::string id;
    std::optional<std::int64_t> not_before{};  // a position
};
BOOST_DESCRIBE_STRUCT(get_product, (), (id, not_before))

struct product_page {
    std::vector<product_view> items{};
    std::int64_t page = 1;
    std::int64_t size = 10;
    std::int64_t total_count = 0;
    std::int64_t total_pages = 0;
    bool has_more = false;
};
BOOST_DESCRIBE_STRUCT(product_page, (), (items, page, size, total_count, total_pages, has_more))

// Every word of `search` has to be there as the beginning of a word, in the name or the description; any characters are
// safe. `price_min` and `price_max` (inclusive): as a price is written. `sort`: name, price, -price (dearest first) or
// newest; without it the best match comes first, or the newest when there is no `search`. Equals come in the order in
// which they were made, or against it where the newest come first. Errors: invalid (price_min, price_max, sort, page,
// size); overloaded, see get_product.
struct search_products {
    static constexpr auto message = bus::request<product_page>("product.search", 1, bus::repetition::harmless);
    std::optional<std::string> search{};
    std::optional<std::string> price_min{};
    std::optional<std::string> price_max{};
    std::optional<std::string> sort{};
    std::int64_t page = 1;   // from 1
    std::int64_t size = 10;  // 1 to 100
    std::optional<std::int64_t> not_before{};
};
BOOST_DESCRIBE_STRUCT(search_products, (), (search, price_min, price_max, sort, page, size, not_before))

// What the write side knows, ordered by id: those behind `after`, at most `size` (1 to 500). Errors: invalid (size);
// overloaded.
struct written_page {
    std::vector<product_view> items{};
    std::int64_t position = 0;  // of the last event in the log at that moment
    bool has_more = false;
};
BOOST_DESCRIBE_STRUCT(written_page, (), (items, position, has_more))

struct list_written {
    static constexpr auto message = bus::request<written_page>("product.list_written", 1, bus::repetition::harmless);
    std::string after{};
    std::int64_t size = 100;
};
BOOST_DESCRIBE_STRUCT(list_written, (), (after, size))

struct wrong_product {
    std::string id;
    std::string detail;  // what is wrong with how it is shown, for people
};
BOOST_DESCRIBE_STRUCT(wrong_product, (), (id, detail))

// A step of a walk over all products.
struct checked_catalog {
    std::int64_t products = 0;  // that this step has looked at
    std::vector<wrong_product> wrong{};
    std::optional<std::string> next{};  // `after` of the next step; none: that was the last
};
BOOST_DESCRIBE_STRUCT(checked_catalog, (), (products, wrong, next))

// Compares what readers are shown with what is written, from the product behind `after` on, for about a quarter of a
// second. What is wrong for no longer than an event is on its way is not told. With `repair` it is put right, and words
// are left to rebuild_index. Errors: overloaded.
struct check_catalog {
    static constexpr auto message = bus::request<checked_catalog>("product.check_catalog", 1);
    std::string after{};
    bool repair = false;
};
BOOST_DESCRIBE_STRUCT(check_catalog, (), (after, repair))

// Begins to make the index of words anew, beside the one that is searched until the new one is complete. A process that
// ends in between goes on with it after its next start.
struct rebuild_index {
    static constexpr auto message = bus::request<bus::done>("product.rebuild_index", 1);
};
BOOST_DESCRIBE_STRUCT(rebuild_index, (), ())

struct index_progress {
    std::int64_t done = 0;  // products in the new index
    std::int64_t all = 0;
    bool is_complete = true;  // no index is being made
};
BOOST_DESCRIBE_STRUCT(index_progress, (), (done, all, is_complete))

struct get_index_progress {
    static constexpr auto message =
        bus::request<index_progress>("product.index_progress", 1, bus::repetition::harmless);
};
BOOST_DESCRIBE_STRUCT(get_index_progress, (), ())

// Counts of products; the first three are of all lines.
struct imported_products {
    std::int64_t created = 0;
    std::int64_t updated = 0;
    std::int64_t unchanged = 0;
    bool was_done_before = false;            // by an earlier request with the same idempotency key
    std::optional<std::int64_t> position{};  // of the last event
};
BOOST_DESCRIBE_STRUCT(imported_products, (), (created, updated, unchanged, was_done_before, position))

// `lines`: JSON lines, at most 500 that are not blank; all are taken or none. Each has name, description and price, by
// the rules of create_product, and may have an id: the product of that id gets them, or is made if there is none. What
// else an exported product has is passed over. Two lines with one id are an error. `check`: nothing is done, and the
// answer says what would be. Errors: invalid, with the fields "line 17: price", or "line 17" for all of it; overloaded.
struct import_products {
    static constexpr auto message = bus::request<imported_products>("product.import", 1);
    std::string lines{};
    bool check = false;
};
BOOST_DESCRIBE_STRUCT(import_products, (), (lines, check))

// Each event tells all of the product as it is from then on, and which version that is.
struct product_created {
    static constexpr auto message = bus::event("product.product_created", 2);  // 1: without version and times
    std::string product_id;
    std::string name;
    std::string description;
    std::string price;
    std::int64_t version = 1;
    core::timestamp created_at{};
    core::timestamp updated_at{};
    [[nodiscard]] const std::string& key() const { return product_id; }
};
BOOST_DESCRIBE_STRUCT(product_created, (), (product_id, name, description, price, version, created_at, updated_at))

struct product_updated {
    static constexpr auto message = bus::event("product.product_updated", 1);
    std::string product_id;
    std::string name;
    std::string description;
    std::string price;
    std::int64_t version = 1;
    core::timestamp created_at{};
    core::timestamp updated_at{};
    [[nodiscard]] const std::string& key() const { return product_id; }
};
BOOST_DESCRIBE_STRUCT(product_updated, (), (product_id, name, description, price, version, created_at, updated_at))

struct product_deleted {
    static constexpr auto message = bus::event("product.product_deleted", 1);
    std::string product_id;
    std::int64_t version = 1;  // one more than the last that it had
    core::timestamp deleted_at{};
    [[nodiscard]] const std::string& key() const { return product_id; }
};
BOOST_DESCRIBE_STRUCT(product_deleted, (), (product_id, version, deleted_at))

}  // namespace product
