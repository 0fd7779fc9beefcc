#include "word_rows.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <storage/error.hpp>
#include <string_view>
#include <utility>
#include <vector>

namespace product::word_rows {
namespace {

// One savepoint writes out all of them, and no other writer waits long for it.
constexpr std::int64_t products_at_a_time = 500;

struct place {
    std::string searched;  // of the two indexes
    std::optional<std::int64_t>
        filled_to;            // up to which number of a product the other one is made, if it is being made
    std::int64_t indexed_to;  // the products after this number are in neither
};

place find_place(storage::reader& reader) {
    auto [searched, filled_to, indexed_to] = reader.query_one<std::string, std::optional<std::int64_t>, std::int64_t>(
        "SELECT searched, filled_to, indexed_to FROM catalog_index");
    return {std::move(searched), filled_to, indexed_to};
}

std::string table_of(std::string_view letter) { return "catalog_words_" + std::string{letter}; }

std::string other_than(const std::string& letter) { return letter == "a" ? "b" : "a"; }

// Both as far as they hold products up to `last`, with the last of these.
std::vector<std::pair<std::string, std::int64_t>> tables_of(const place& place, std::int64_t last) {
    std::vector<std::pair<std::string, std::int64_t>> tables{{table_of(place.searched), last}};
    if (place.filled_to) tables.emplace_back(table_of(other_than(place.searched)), std::min(last, *place.filled_to));
    return tables;
}

void take_out(storage::transaction& transaction, const std::string& table, std::int64_t last) {
    // FTS5 finds what is to be removed by the text that was put in.
    transaction.execute("INSERT INTO " + table + " (" + table +
                            ", rowid, name, description) SELECT 'delete', number, name, description "
                            "FROM catalog_unindexed WHERE number <= ?1 AND name IS NOT NULL",
                        last);
}

void put_in(storage::transaction& transaction, const std::string& table, std::int64_t after, std::int64_t last) {
    transaction.execute("INSERT INTO " + table +
                            " (rowid, name, description) SELECT number, name, description FROM catalog "
                            "WHERE number > ?1 AND number <= ?2",
                        after, last);
}

// CROSS JOIN: SQLite takes the tables in this order, for else it may walk the whole catalogue to look each product up
// among the few that changed.
void put_changed_in(storage::transaction& transaction, const std::string& table, std::int64_t last) {
    transaction.execute("INSERT INTO " + table +
                            " (rowid, name, description) SELECT number, catalog.name, catalog.description "
                            "FROM catalog_unindexed CROSS JOIN catalog USING (number) "
                            "WHERE catalog_unindexed.number <= ?1",
                        last);
}

// The last of the next products after a number.
std::optional<std::int64_t> last_of_step(storage::reader& reader, std::int64_t after) {
    return reader.query_one<std::optional<std::int64_t>>(
        "SELECT max(number) FROM (SELECT number FROM catalog WHERE number > ?1 ORDER BY number LIMIT ?2)", after,
        products_at_a_time);
}

void clear(storage::transaction& transaction, const std::string& table) {
    transaction.execute("INSERT INTO " + table + " (" + table + ") VALUES ('delete-all')");
}

bool is_behind(storage::reader& reader) {
    return reader.query_one<bool>(
        "SELECT EXISTS (SELECT 1 FROM catalog_unindexed) OR "
        "EXISTS (SELECT 1 FROM catalog WHERE number > (SELECT indexed_to FROM catalog_index))");
}

// The number of a product that is gone may be that of a new one, which is not in the index yet.
void index_changed(storage::transaction& transaction, const place& place) {
    const auto last = transaction.query_one<std::optional<std::int64_t>>(
        "SELECT max(number) FROM (SELECT number FROM catalog_unindexed ORDER BY number LIMIT ?1)", products_at_a_time);
    if (!last) return;
    for (const auto& [table, end] : tables_of(place, *last)) {
        take_out(transaction, table, end);
        put_changed_in(transaction, table, std::min(end, place.indexed_to));
    }
    transaction.execute("DELETE FROM catalog_unindexed WHERE number <= ?1", *last);
}

void index_new(storage::transaction& transaction, const place& place) {
    // What is to be taken out may have the number of what is to be put in.
    if (transaction.query_one<bool>("SELECT EXISTS (SELECT 1 FROM catalog_unindexed)")) return;
    const auto last = last_of_step(transaction, place.indexed_to);
    if (!last) return;
    for (const auto& [table, end] : tables_of(place, *last)) put_in(transaction, table, place.indexed_to, end);
    transaction.execute(
        "UPDATE catalog_index SET indexed_to = ?1, products = products + "
        "(SELECT count(*) FROM catalog WHERE number > indexed_to AND number <= ?1)",
        *last);
}

// False when there was nothing left to fill in, and the new index has taken the place of the old.
bool fill_some(storage::transaction& transaction, const place& place) {
    const auto other = other_than(place.searched);
    if (const auto last = last_of_step(transaction, *place.filled_to)) {
        put_in(transaction, table_of(other), *place.filled_to, *last);
        transaction.execute("UPDATE catalog_index SET filled_to = ?1", *last);
        return true;
    }
    transaction.execute("UPDATE catalog_index SET searched = ?1, filled_to = NULL", other);
    clear(transaction, table_of(place.searched));
    return false;
}

}  // namespace

std::string searched(storage::reader& reader) {
    return table_of(reader.query_one<std::string>("SELECT searched FROM catalog_index"));
}

index_progress progress(storage::reader& reader) {
    const auto all = reader.query_one<std::int64_t>("SELECT products FROM catalog_size");
    const auto filled = find_place(reader).filled_to;
    if (!filled) return {.done = all, .all = all, .is_complete = true};
    return {.done = reader.query_one<std::int64_t>("SELECT count(*) FROM catalog WHERE number <= ?1", *filled),
            .all = all,
            .is_complete = false};
}

storage::index_state index_some(storage::transaction& transaction) {
    const auto place = find_place(transaction);
    if (is_behind(transaction)) {
        try {
            transaction.savepoint([&] {
                index_changed(transaction, place);
                index_new(transaction, place);
            });
        } catch (const storage::error& failure) {
            if (failure.kind() != storage::failure::damaged_index) throw;
            start_over(transaction);
            return storage::index_state::damaged;
        }
        if (is_behind(transaction)) return storage::index_state::incomplete;
        return place.filled_to ? storage::index_state::filling : storage::index_state::complete;
    }
    const bool is_filling = place.filled_to && fill_some(transaction, place);
    return is_filling ? storage::index_state::filling : storage::index_state::complete;
}

void start_over(storage::transaction& transaction) {
    for (const auto* letter : {"a", "b"}) clear(transaction, table_of(letter));
    transaction.execute("UPDATE catalog_index SET filled_to = NULL, indexed_to = 0, products = 0");
    transaction.execute("DELETE FROM catalog_unindexed");
}

void begin_anew(storage::transaction& transaction) {
    const auto letter = transaction.query_one<std::string>("SELECT searched FROM catalog_index");
    clear(transaction, table_of(other_than(letter)));
    transaction.execute("UPDATE catalog_index SET filled_to = 0");
}

}  // namespace product::word_rows
