#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <product/messages.hpp>
#include <storage/transaction.hpp>
#include <string>
#include <vector>

// SQL of the catalogue. See migrations/0002_catalog.sql.
namespace product::catalog_rows {

// Events of one product come in order, but may come again. An older version than the one that is known changes nothing.
void put(storage::transaction& transaction, const product_view& product);
void remove(storage::transaction& transaction, const product_deleted& event, std::chrono::milliseconds memory);

// Whatever was known of the product before, and that there is none: for what was found to be wrong.
void overwrite(storage::transaction& transaction, const product_view& product);
void erase(storage::transaction& transaction, const std::string& id);

[[nodiscard]] std::optional<product_view> find(storage::reader& reader, const std::string& id);

// By id, from the first behind `after` on.
[[nodiscard]] std::vector<product_view> list(storage::reader& reader, const std::string& after, std::int64_t most);
// Whether a search for its own words would find it.
[[nodiscard]] bool has_words(storage::reader& reader, const product_view& product);

enum class order { best_match, newest, name, price, price_descending };

struct filter {
    std::optional<std::string> words{};  // as storage::match_all_words() makes it
    std::optional<std::int64_t> cents_min{};
    std::optional<std::int64_t> cents_max{};
    order by = order::newest;  // best_match: only with words
};

[[nodiscard]] product_page search(storage::reader& reader, const filter& wanted, std::int64_t page, std::int64_t size);

}  // namespace product::catalog_rows
