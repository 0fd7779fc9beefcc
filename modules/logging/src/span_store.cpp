#include "span_store.hpp"

#include <algorithm>
#include <chrono>
#include <ranges>
#include <string_view>

namespace logging::span_store {
namespace {

constexpr std::int64_t most_spans_of_a_trace = 20'000;
constexpr std::int64_t most_spans_shown = 5'000;

constexpr std::string_view matching =
    " FROM traces WHERE (?1 IS NULL OR started_at >= ?1) AND (?2 IS NULL OR started_at < ?2) "
    "AND (?3 IS NULL OR instr(modules, ',' || ?3 || ',') > 0) AND (?4 IS NULL OR ended_at - started_at >= ?4) "
    "AND (?5 IS NULL OR (errors > 0) = ?5)";

std::int64_t microseconds(core::timestamp time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

std::optional<std::int64_t> microseconds(std::optional<core::timestamp> time) {
    return time ? std::optional{microseconds(*time)} : std::nullopt;
}

core::timestamp time_of(std::int64_t microseconds) {
    return core::timestamp{
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds{microseconds})};
}

double milliseconds(std::int64_t microseconds) { return static_cast<double>(microseconds) / 1000; }

std::vector<std::string> names_in(const std::string& list) {
    std::vector<std::string> names;
    for (const auto part : std::views::split(list, ','))
        if (!part.empty()) names.emplace_back(std::string_view{part});
    std::ranges::sort(names);
    return names;
}

nlohmann::json json_of(const std::string& text) {
    auto json = nlohmann::json::parse(text, nullptr, false);
    return json.is_discarded() ? nlohmann::json(text) : json;
}

void sum_up(storage::transaction& transaction, const recorded_span& span) {
    transaction.execute(
        "INSERT INTO traces (trace_id, name, has_root, started_at, ended_at, spans, errors, modules) "
        "VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ',' || ?7 || ',') ON CONFLICT (trace_id) DO UPDATE SET "
        "name = CASE WHEN ?3 OR (NOT has_root AND ?4 < started_at) THEN ?2 ELSE name END, "
        "has_root = has_root OR ?3, started_at = min(started_at, ?4), ended_at = max(ended_at, ?5), "
        "spans = spans + 1, errors = errors + ?6, "
        "modules = CASE WHEN instr(modules, ',' || ?7 || ',') > 0 THEN modules ELSE modules || ?7 || ',' END",
        span.trace_id, span.name, span.parent_span_id.empty(), span.started_at, span.started_at + span.duration,
        span.has_failed, span.module);
}

std::vector<span_view> spans_of(storage::reader& reader, const std::string& trace_id, std::int64_t began_at) {
    std::vector<span_view> spans;
    for (auto& [id, parent, name, kind, module, process, started_at, duration, has_failed, failure, attributes] :
         reader.query_all<std::string, std::string, std::string, std::string, std::string, std::string, std::int64_t,
                          std::int64_t, bool, std::string, std::string>(
             "SELECT span_id, parent_span_id, name, kind, module, process, started_at, duration, has_failed, failure, "
             "attributes FROM spans WHERE trace_id = ?1 ORDER BY started_at, span_id LIMIT ?2",
             trace_id, most_spans_shown)) {
        spans.push_back({.span_id = std::move(id),
                         .parent_span_id = std::nullopt,
                         .name = std::move(name),
                         .kind = std::move(kind),
                         .module = std::move(module),
                         .process = std::move(process),
                         .started_at = time_of(started_at),
                         .offset_ms = milliseconds(started_at - began_at),
                         .duration_ms = milliseconds(duration),
                         .status = has_failed ? "error" : "ok",
                         .error = std::nullopt,
                         .attributes = json_of(attributes)});
        if (!parent.empty()) spans.back().parent_span_id = std::move(parent);
        if (!failure.empty()) spans.back().error = std::move(failure);
    }
    return spans;
}

}  // namespace

void add(storage::transaction& transaction, const std::string& process, const recorded_span& span) {
    const auto known =
        transaction.query_optional<std::int64_t>("SELECT spans FROM traces WHERE trace_id = ?1", span.trace_id);
    if (known.value_or(0) >= most_spans_of_a_trace) return;
    const auto added = transaction.execute(
        "INSERT OR IGNORE INTO spans (trace_id, span_id, parent_span_id, name, kind, module, process, started_at, "
        "duration, has_failed, failure, attributes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        span.trace_id, span.span_id, span.parent_span_id, span.name, span.kind, span.module, process, span.started_at,
        span.duration, span.has_failed, span.failure,
        span.attributes.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    if (added > 0) sum_up(transaction, span);
}

std::optional<trace_view> find(storage::reader& reader, const std::string& trace_id) {
    auto found = reader.query_optional<std::string, std::int64_t, std::int64_t, std::int64_t>(
        "SELECT name, started_at, ended_at, spans FROM traces WHERE trace_id = ?1", trace_id);
    if (!found) return std::nullopt;
    auto& [name, started_at, ended_at, spans] = *found;
    return trace_view{.trace_id = trace_id,
                      .name = std::move(name),
                      .started_at = time_of(started_at),
                      .duration_ms = milliseconds(ended_at - started_at),
                      .span_count = spans,
                      .spans = spans_of(reader, trace_id, started_at)};
}

trace_page search(storage::reader& reader, const search_traces& query) {
    static const std::string count = "SELECT count(*)" + std::string{matching};
    static const std::string select = "SELECT trace_id, name, started_at, ended_at, spans, errors, modules" +
                                      std::string{matching} +
                                      " ORDER BY started_at DESC, trace_id DESC LIMIT ?6 OFFSET ?7";
    const auto since = microseconds(query.since);
    const auto before = microseconds(query.before);
    const auto least = query.min_duration ? std::optional{*query.min_duration * 1000} : std::nullopt;
    trace_page page{.items = {}, .page = query.page, .size = query.size};
    page.total_count = reader.query_one<std::int64_t>(count, since, before, query.module, least, query.has_failed);
    page.total_pages = (page.total_count + page.size - 1) / page.size;
    page.has_more = page.page < page.total_pages;
    for (auto& [trace_id, name, started_at, ended_at, spans, errors, modules] :
         reader
             .query_all<std::string, std::string, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::string>(
                 select, since, before, query.module, least, query.has_failed, query.size,
                 (query.page - 1) * query.size))
        page.items.push_back({std::move(trace_id), std::move(name), time_of(started_at),
                              milliseconds(ended_at - started_at), spans, errors, names_in(modules)});
    return page;
}

std::int64_t count(storage::reader& reader) {
    return reader.query_one<std::int64_t>("SELECT coalesce(sum(spans), 0) FROM traces");
}

std::optional<std::int64_t> remove_oldest(storage::transaction& transaction, std::optional<core::timestamp> time) {
    const auto oldest = transaction.query_optional<std::string, std::int64_t>(
        "SELECT trace_id, spans FROM traces WHERE ?1 IS NULL OR started_at < ?1 ORDER BY started_at, trace_id LIMIT 1",
        microseconds(time));
    if (!oldest) return std::nullopt;
    const auto& [trace_id, spans] = *oldest;
    transaction.execute("DELETE FROM spans WHERE trace_id = ?1", trace_id);
    transaction.execute("DELETE FROM traces WHERE trace_id = ?1", trace_id);
    return spans;
}

}  // namespace logging::span_store
