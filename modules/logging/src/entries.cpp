#include "entries.hpp"

namespace logging::entries {
namespace {

// instr() and not LIKE: % and _ of a search are ordinary characters.
constexpr std::string_view matching =
    " FROM entries WHERE (?1 IS NULL OR module = ?1) AND (?2 IS NULL OR level = ?2) AND (?3 IS NULL OR time >= ?3) "
    "AND (?4 IS NULL OR time < ?4) AND (?5 IS NULL OR trace_id = ?5) "
    "AND (?6 IS NULL OR instr(lower(name || ' ' || data), lower(?6)) > 0)";

nlohmann::json data_of(const std::string& text) {
    auto data = nlohmann::json::parse(text, nullptr, false);
    return data.is_discarded() ? nlohmann::json(text) : data;
}

}  // namespace

void add(storage::transaction& transaction, const entry_recorded& entry) {
    transaction.execute(
        "INSERT INTO entries (time, level, module, name, data, trace_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", entry.time,
        entry.level, entry.module, entry.name,
        entry.data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), entry.trace_id);
}

log_page search(storage::reader& reader, const search_entries& query) {
    static const std::string count = "SELECT count(*)" + std::string{matching};
    static const std::string select = "SELECT id, time, level, module, name, data, trace_id" + std::string{matching} +
                                      " ORDER BY time DESC, id DESC LIMIT ?7 OFFSET ?8";
    log_page page;
    page.page = query.page;
    page.size = query.size;
    page.total_count = reader.query_one<std::int64_t>(count, query.module, query.level, query.since, query.until,
                                                      query.trace_id, query.search);
    page.total_pages = (page.total_count + page.size - 1) / page.size;
    page.has_more = page.page < page.total_pages;
    const auto rows =
        reader
            .query_all<std::int64_t, core::timestamp, std::string, std::string, std::string, std::string, std::string>(
                select, query.module, query.level, query.since, query.until, query.trace_id, query.search, query.size,
                (query.page - 1) * query.size);
    for (const auto& [id, time, level, module, name, data, trace_id] : rows) {
        page.items.push_back({id, time, level, module, name, data_of(data), std::nullopt});
        if (!trace_id.empty()) page.items.back().trace_id = trace_id;
    }
    return page;
}

std::int64_t remove_before(storage::transaction& transaction, core::timestamp time, std::int64_t most) {
    return transaction.execute(
        "DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE time < ?1 ORDER BY time LIMIT ?2)", time, most);
}

}  // namespace logging::entries
