#include "word_rows.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <storage/error.hpp>
#include <string_view>

namespace product::word_rows {
namespace {

// One savepoint writes out all of them, and no other writer waits long for it.
constexpr std::int64_t products_at_a_time = 500;

// Up to which number of a product the new index is filled, if one is being made.
std::optional<std::int64_t> filled_to(storage::reader& reader) {
    return reader.query_one<std::optional<std::int64_t>>("SELECT filled_to FROM catalog_index");
}

std::string table_of(std::string_view letter) { return "catalog_words_" + std::string{letter}; }

std::string other_than(const std::string& letter) { return letter == "a" ? "b" : "a"; }

// FTS5 finds what is to be removed by the text that was put in. CROSS JOIN: SQLite takes the tables in this order, for
// else it may walk the whole catalogue to look each product up among the few that changed.
void index_changes(storage::transaction& transaction, const std::string& table, std::int64_t last) {
    transaction.execute("INSERT INTO " + table + " (" + table +
                            ", rowid, name, description) SELECT 'delete', number, name, description "
                            "FROM catalog_unindexed WHERE number <= ?1 AND name IS NOT NULL",
                        last);
    transaction.execute("INSERT INTO " + table +
                            " (rowid, name, description) SELECT number, catalog.name, catalog.description "
                            "FROM catalog_unindexed CROSS JOIN catalog USING (number) "
                            "WHERE catalog_unindexed.number <= ?1",
                        last);
}

void clear(storage::transaction& transaction, const std::string& table) {
    transaction.execute("INSERT INTO " + table + " (" + table + ") VALUES ('delete-all')");
}

// False when there was nothing left to fill in, and the new index has taken the place of the old.
bool fill_some(storage::transaction& transaction, const std::string& letter, std::int64_t from) {
    const auto other = other_than(letter);
    const auto last = transaction.query_one<std::optional<std::int64_t>>(
        "SELECT max(number) FROM (SELECT number FROM catalog WHERE number > ?1 ORDER BY number LIMIT ?2)", from,
        products_at_a_time);
    if (last) {
        transaction.execute("INSERT INTO " + table_of(other) +
                                " (rowid, name, description) SELECT number, name, description FROM catalog "
                                "WHERE number > ?1 AND number <= ?2",
                            from, *last);
        transaction.execute("UPDATE catalog_index SET filled_to = ?1", *last);
        return true;
    }
    transaction.execute("UPDATE catalog_index SET searched = ?1, filled_to = NULL", other);
    clear(transaction, table_of(letter));
    return false;
}

}  // namespace

std::string searched(storage::reader& reader) {
    return table_of(reader.query_one<std::string>("SELECT searched FROM catalog_index"));
}

index_progress progress(storage::reader& reader) {
    const auto all = reader.query_one<std::int64_t>("SELECT products FROM catalog_size");
    const auto filled = filled_to(reader);
    if (!filled) return {.done = all, .all = all, .is_complete = true};
    return {.done = reader.query_one<std::int64_t>("SELECT count(*) FROM catalog WHERE number <= ?1", *filled),
            .all = all,
            .is_complete = false};
}

state index_some(storage::transaction& transaction) {
    const auto last = transaction.query_one<std::optional<std::int64_t>>(
        "SELECT max(number) FROM (SELECT number FROM catalog_unindexed ORDER BY number LIMIT ?1)", products_at_a_time);
    const auto filled = filled_to(transaction);
    if (!last && !filled) return state::complete;
    const auto letter = transaction.query_one<std::string>("SELECT searched FROM catalog_index");
    if (!last) return fill_some(transaction, letter, *filled) ? state::filling : state::complete;

    try {
        transaction.savepoint([&] {
            index_changes(transaction, table_of(letter), *last);
            if (filled) index_changes(transaction, table_of(other_than(letter)), std::min(*last, *filled));
        });
    } catch (const storage::error& failure) {
        if (failure.kind() != storage::failure::damaged_index) throw;
        start_over(transaction);
        return state::damaged;
    }
    transaction.execute("DELETE FROM catalog_unindexed WHERE number <= ?1", *last);
    const bool is_more = transaction.query_one<bool>("SELECT EXISTS (SELECT 1 FROM catalog_unindexed)");
    return is_more ? state::incomplete : filled ? state::filling : state::complete;
}

void start_over(storage::transaction& transaction) {
    for (const auto* letter : {"a", "b"}) clear(transaction, table_of(letter));
    transaction.execute("UPDATE catalog_index SET filled_to = NULL");
    transaction.execute("DELETE FROM catalog_unindexed");
    transaction.execute("INSERT INTO catalog_unindexed (number) SELECT number FROM catalog");
}

void begin_anew(storage::transaction& transaction) {
    const auto letter = transaction.query_one<std::string>("SELECT searched FROM catalog_index");
    clear(transaction, table_of(other_than(letter)));
    transaction.execute("UPDATE catalog_index SET filled_to = 0");
}

}  // namespace product::word_rows
