#include "entries.hpp"

#include <algorithm>

#include "entry_counts.hpp"
#include "entry_id.hpp"
#include "words.hpp"

namespace logging::entries {
namespace {

constexpr std::int64_t filled_at_a_time = 500;

// The first of the entry's millisecond that is free, or of one that follows.
std::int64_t free_id(storage::reader& reader, std::int64_t first) {
    while (true) {
        const auto end = first + entry_id::in_millisecond;
        const auto last = reader.query_one<std::optional<std::int64_t>>(
            "SELECT max(id) FROM entries WHERE id >= ?1 AND id < ?2", first, end);
        if (!last) return first;
        if (*last + 1 < end) return *last + 1;
        first = end;
    }
}

}  // namespace

std::vector<stored> add(storage::transaction& transaction, std::span<const entry> entries,
                        const word_parts::limits& limits) {
    std::vector<stored> all;
    all.reserve(entries.size());
    auto last = newest(transaction).value_or(-1);
    word_parts::adder words{transaction, limits};
    entry_counts::changes counts;
    const auto now = transaction.now();
    for (const auto& one : entries) {
        const auto& entry = *one;
        const bool is_dated = entry.time != core::timestamp{} && entry.time < now;
        const auto wanted = entry_id::first_at(is_dated ? entry.time : now);
        const bool is_in_order = wanted > last || last - wanted < entry_id::in_millisecond - 1;
        const auto id = is_in_order ? std::max(wanted, last + 1) : free_id(transaction, wanted);
        last = std::max(last, id);
        transaction.execute(
            "INSERT INTO entries (id, level, module, name, data, trace_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", id,
            entry.level, entry.module, entry.name, entry.data.text, entry.trace_id);
        words.add(id, words::of(entry));
        counts.add(id, entry.module, entry.level, 1);
        all.push_back({id, static_cast<std::int64_t>(entry.name.size() + entry.data.text.size())});
    }
    words.finish();
    counts.apply(transaction);
    return all;
}

std::int64_t remove_before(storage::transaction& transaction, std::int64_t end, std::int64_t most) {
    const auto rows = transaction.query_all<std::int64_t, std::string, std::string>(
        "SELECT id, module, level FROM entries WHERE id < ?1 ORDER BY id LIMIT ?2", end, most);
    if (rows.empty()) return 0;
    entry_counts::changes counts;
    for (const auto& [id, module, level] : rows) counts.add(id, module, level, -1);
    counts.apply(transaction);
    transaction.execute("DELETE FROM entries WHERE id <= ?1", std::get<0>(rows.back()));
    word_parts::remove_before(transaction, oldest(transaction).value_or(INT64_MAX));
    return std::ssize(rows);
}

bool fill_words(storage::transaction& transaction) {
    const auto parts = word_parts::all(transaction);
    const auto unfilled = std::ranges::find_if(parts, [](const auto& part) { return part.filled.has_value(); });
    if (unfilled == parts.end()) return false;
    const auto end = unfilled == parts.begin() ? INT64_MAX : std::prev(unfilled)->first;
    const auto rows = transaction.query_all<std::int64_t, std::string, std::string, std::string, std::string,
                                            std::string>(
        "SELECT id, level, module, name, data, trace_id FROM entries WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3",
        *unfilled->filled, end, filled_at_a_time);
    for (const auto& [id, level, module, name, data, trace_id] : rows)
        transaction.execute(
            "INSERT INTO " + unfilled->table() + " (rowid, text) VALUES (?1, ?2)", id,
            words::of({.level = level, .module = module, .name = name, .data = {data}, .trace_id = trace_id}));
    const auto filled = rows.empty() ? std::nullopt : std::optional{std::get<0>(rows.back())};
    transaction.execute("UPDATE word_parts SET filled = ?2 WHERE letter = ?1", unfilled->letter, filled);
    return true;
}

std::int64_t count(storage::reader& reader) {
    return reader.query_one<std::int64_t>("SELECT coalesce(sum(entries), 0) FROM entry_counts");
}

std::optional<std::int64_t> newest(storage::reader& reader) {
    return reader.query_one<std::optional<std::int64_t>>("SELECT max(id) FROM entries");
}

std::optional<std::int64_t> oldest(storage::reader& reader) {
    return reader.query_one<std::optional<std::int64_t>>("SELECT min(id) FROM entries");
}

std::int64_t bytes_in_use(storage::reader& reader) {
    return reader.query_one<std::int64_t>(
        "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count(), pragma_freelist_count(), "
        "pragma_page_size()");
}

std::int64_t free_bytes(storage::reader& reader) {
    return reader.query_one<std::int64_t>(
        "SELECT freelist_count * page_size FROM pragma_freelist_count(), pragma_page_size()");
}

}  // namespace logging::entries
