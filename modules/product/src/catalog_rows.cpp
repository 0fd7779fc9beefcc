#include "catalog_rows.hpp"

#include <limits>
#include <storage/full_text.hpp>
#include <string_view>
#include <tuple>
#include <utility>

#include "price.hpp"
#include "word_rows.hpp"

namespace product::catalog_rows {
namespace {

constexpr std::int64_t forgotten_at_a_time = 10;  // with each deletion

constexpr std::string_view columns =
    "SELECT id, name, description, price, version, created_at, updated_at FROM catalog WHERE ";

template <class Key>
std::optional<product_view> load(storage::reader& reader, std::string_view sql, const Key& key) {
    const auto row = reader.query_optional<std::string, std::string, std::string, std::string, std::int64_t,
                                           core::timestamp, core::timestamp>(sql, key);
    if (!row) return std::nullopt;
    return std::apply([](const auto&... column) { return product_view{column...}; }, *row);
}

bool has_prices(const filter& wanted) { return wanted.cents_min || wanted.cents_max; }

// Put together of literals alone. ?1 words, ?2 and ?3 prices; each is there, wanted or not.
std::string matching(const filter& wanted, const std::string& words) {
    std::string text;
    if (wanted.words && (has_prices(wanted) || wanted.by != order::best_match))
        text = " FROM " + words + " AS words JOIN catalog ON number = words.rowid WHERE " + words + " MATCH ?1";
    else if (wanted.words)
        text = " FROM " + words + " AS words WHERE " + words + " MATCH ?1";
    else
        text = " FROM catalog WHERE ?1 IS NULL";
    if (has_prices(wanted))
        text += " AND cents BETWEEN ?2 AND ?3";
    else
        text += " AND ?2 IS NOT NULL AND ?3 IS NOT NULL";
    return text;
}

std::string_view ordering(const filter& wanted) {
    switch (wanted.by) {
        case order::best_match:
            return " ORDER BY rank, words.rowid";
        case order::name:
            return " ORDER BY catalog.name COLLATE NOCASE, number";
        case order::price:
            return " ORDER BY cents, number";
        case order::price_descending:
            return " ORDER BY cents DESC, number DESC";
        case order::newest:
            break;
    }
    return " ORDER BY catalog.id DESC";  // UUIDv7: the time is in it
}

}  // namespace

void put(storage::transaction& transaction, const product_view& product) {
    transaction.execute(
        "INSERT INTO catalog (id, name, description, price, cents, version, created_at, updated_at) "
        "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 "
        "WHERE NOT EXISTS (SELECT 1 FROM catalog_deleted WHERE id = ?1 AND version >= ?6) "
        "ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description, "
        "price = excluded.price, cents = excluded.cents, version = excluded.version, "
        "created_at = excluded.created_at, updated_at = excluded.updated_at WHERE excluded.version > catalog.version",
        product.id, product.name, product.description, product.price, cents_of(product.price), product.version,
        product.created_at, product.updated_at);
}

void remove(storage::transaction& transaction, const product_deleted& event, std::chrono::milliseconds memory) {
    transaction.execute("DELETE FROM catalog WHERE id = ?1 AND version < ?2", event.product_id, event.version);
    transaction.execute(
        "INSERT INTO catalog_deleted (id, version, deleted_at) VALUES (?1, ?2, ?3) "
        "ON CONFLICT (id) DO UPDATE SET version = max(version, excluded.version)",
        event.product_id, event.version, event.deleted_at);
    transaction.execute(
        "DELETE FROM catalog_deleted WHERE id IN "
        "(SELECT id FROM catalog_deleted WHERE deleted_at < ?1 ORDER BY deleted_at LIMIT ?2)",
        transaction.now() - memory, forgotten_at_a_time);
}

void overwrite(storage::transaction& transaction, const product_view& product) {
    transaction.execute("DELETE FROM catalog_deleted WHERE id = ?1", product.id);
    transaction.execute("UPDATE catalog SET version = 0 WHERE id = ?1", product.id);
    put(transaction, product);
}

void erase(storage::transaction& transaction, const std::string& id) {
    transaction.execute("DELETE FROM catalog WHERE id = ?1", id);
}

std::optional<product_view> find(storage::reader& reader, const std::string& id) {
    static const auto sql = std::string{columns} + "id = ?1";
    return load(reader, sql, id);
}

std::vector<product_view> list(storage::reader& reader, const std::string& after, std::int64_t most) {
    static const auto sql = std::string{columns} + "id > ?1 ORDER BY id LIMIT ?2";
    std::vector<product_view> found;
    for (auto& row : reader.query_all<std::string, std::string, std::string, std::string, std::int64_t, core::timestamp,
                                      core::timestamp>(sql, after, most))
        found.push_back(std::apply([](auto&... column) { return product_view{std::move(column)...}; }, row));
    return found;
}

bool has_words(storage::reader& reader, const product_view& product) {
    const auto words = storage::match_all_words(product.name + ' ' + product.description);
    if (!words) return true;
    const auto table = word_rows::searched(reader);
    return reader.query_one<bool>("SELECT EXISTS (SELECT 1 FROM " + table + " WHERE " + table +
                                      " MATCH ?1 AND rowid = (SELECT number FROM catalog WHERE id = ?2))",
                                  *words, product.id);
}

product_page search(storage::reader& reader, const filter& wanted, std::int64_t page, std::int64_t size) {
    static const auto by_number = std::string{columns} + "number = ?1";
    const auto least = wanted.cents_min.value_or(0);
    const auto most = wanted.cents_max.value_or(std::numeric_limits<std::int64_t>::max());
    const auto rows = matching(wanted, wanted.words ? word_rows::searched(reader) : std::string{});
    const bool is_all = !wanted.words && !has_prices(wanted);

    product_page found{.page = page, .size = size};
    found.total_count = is_all ? reader.query_one<std::int64_t>("SELECT products FROM catalog_size")
                               : reader.query_one<std::int64_t>("SELECT count(*)" + rows, wanted.words, least, most);
    found.total_pages = (found.total_count + size - 1) / size;
    found.has_more = page < found.total_pages;
    if (page > found.total_pages) return found;  // also keeps the offset from overflowing
    const auto* const number = wanted.words ? "SELECT words.rowid" : "SELECT number";
    auto sql = number + rows;
    sql += ordering(wanted);
    sql += " LIMIT ?4 OFFSET ?5";
    for (const auto one : reader.query_all<std::int64_t>(sql, wanted.words, least, most, size, (page - 1) * size))
        if (auto product = load(reader, by_number, one)) found.items.push_back(std::move(*product));
    return found;
}

}  // namespace product::catalog_rows
