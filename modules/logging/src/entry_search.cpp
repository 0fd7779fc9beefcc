#include "entry_search.hpp"

#include <algorithm>
#include <tuple>

#include "entries.hpp"
#include "entry_counts.hpp"
#include "word_parts.hpp"

namespace logging::entry_search {
namespace {

using entry_id::range;

// Entries that are stored one after the other but lie further apart are looked up on their own: what lies between them
// may be much.
constexpr std::int64_t longest_gap = entry_id::ids_in(std::chrono::seconds{1});

// What is asked, made ready to be asked of each part of the index.
class search {
public:
    search(storage::reader& reader, const entry_filter& filter)
        : reader_{reader},
          expression_{expression_of(filter)},
          parts_{word_parts::all(reader)},
          oldest_{entries::oldest(reader).value_or(INT64_MAX)} {}

    [[nodiscard]] std::int64_t count(range wanted) const {
        if (!expression_)
            return reader_.query_one<std::int64_t>("SELECT count(*) FROM entries WHERE id >= ?1 AND id < ?2",
                                                   wanted.first, wanted.end);
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < parts_.size(); ++i) sum += count_in(i, wanted);
        return sum;
    }

    [[nodiscard]] std::vector<log_view> newest(range wanted, std::int64_t offset, std::int64_t most) const {
        std::vector<log_view> found;
        if (!expression_) {
            add_rows(found,
                     "SELECT " + columns +
                         " FROM entries WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3 "
                         "OFFSET ?4",
                     wanted.first, wanted.end, most, offset);
            return found;
        }
        for (std::size_t i = 0; i < parts_.size() && std::ssize(found) < most; ++i) {
            if (offset > 0) {
                const auto here = count_in(i, wanted);
                if (here <= offset) {
                    offset -= here;
                    continue;
                }
            }
            add_matches(found, i, wanted, "DESC", most - std::ssize(found), std::exchange(offset, 0));
        }
        return found;
    }

    [[nodiscard]] std::vector<log_view> oldest(range wanted, std::int64_t most) const {
        std::vector<log_view> found;
        if (!expression_) {
            add_rows(found, "SELECT " + columns + " FROM entries WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3",
                     wanted.first, wanted.end, most);
            return found;
        }
        for (std::size_t i = parts_.size(); i > 0 && std::ssize(found) < most; --i)
            add_matches(found, i - 1, wanted, "ASC", most - std::ssize(found), 0);
        return found;
    }

private:
    static inline const std::string columns = "id, level, module, name, data, trace_id";

    // The part's own ids among those that are wanted. Entries that are gone may still have words in it.
    [[nodiscard]] range in_part(std::size_t i, range wanted) const {
        const auto first = i + 1 == parts_.size() ? 0 : parts_[i].first;
        return wanted.within(std::max(first, oldest_), i == 0 ? INT64_MAX : parts_[i - 1].first);
    }

    [[nodiscard]] std::int64_t count_in(std::size_t i, range wanted) const {
        const auto here = in_part(i, wanted);
        if (here.is_empty()) return 0;
        const auto table = parts_[i].table();
        return reader_.query_one<std::int64_t>(
            "SELECT count(*) FROM " + table + " WHERE " + table + " MATCH ?1 AND rowid >= ?2 AND rowid < ?3",
            *expression_, here.first, here.end);
    }

    void add_matches(std::vector<log_view>& found, std::size_t i, range wanted, const char* order, std::int64_t most,
                     std::int64_t offset) const {
        const auto here = in_part(i, wanted);
        if (here.is_empty()) return;
        const auto table = parts_[i].table();
        add_rows(found,
                 "SELECT " + columns + " FROM " + table + " CROSS JOIN entries ON entries.id = " + table +
                     ".rowid WHERE " + table + " MATCH ?1 AND " + table + ".rowid >= ?2 AND " + table +
                     ".rowid < ?3 ORDER BY " + table + ".rowid " + order + " LIMIT ?4 OFFSET ?5",
                 *expression_, here.first, here.end, most, offset);
    }

    template <class... Values>
    void add_rows(std::vector<log_view>& found, const std::string& sql, const Values&... values) const {
        for (auto& [id, level, module, name, data, trace_id] :
             reader_.query_all<std::int64_t, std::string, std::string, std::string, std::string, std::string>(
                 sql, values...)) {
            found.push_back({id,
                             entry_id::time_of(id),
                             std::move(level),
                             std::move(module),
                             std::move(name),
                             {std::move(data)},
                             std::nullopt});
            if (!trace_id.empty()) found.back().trace_id = std::move(trace_id);
        }
    }

    storage::reader& reader_;
    std::optional<std::string> expression_;
    std::vector<word_parts::part> parts_;
    std::int64_t oldest_;
};

range range_of(const search_entries& query) {
    range wanted;
    if (query.since) wanted.first = entry_id::first_at(*query.since);
    if (query.until) wanted.end = entry_id::first_at(*query.until);
    return wanted;
}

// Of all entries of a module or level hours are counted already, and only what is cut off at the ends is looked up.
std::int64_t total(storage::reader& reader, const search& search, const search_entries& query, range wanted) {
    if (query.search || query.trace_id) return search.count(wanted);
    auto hours = wanted;
    const auto counted = entry_counts::of_whole_hours(reader, hours, query.module, query.level);
    std::int64_t cut_off = 0;
    if (wanted.first < hours.first) cut_off += search.count({wanted.first, std::min(hours.first, wanted.end)});
    if (hours.end < wanted.end) cut_off += search.count({std::max(hours.end, wanted.first), wanted.end});
    return counted + cut_off;
}

}  // namespace

log_page find(storage::reader& reader, const search_entries& query) {
    const search search{reader, entry_filter::of(query)};
    auto wanted = range_of(query);
    log_page page;
    page.page = query.page;
    page.size = query.size;
    page.total_count = total(reader, search, query, wanted);
    page.total_pages = (page.total_count + page.size - 1) / page.size;
    if (query.before) wanted.end = std::min(wanted.end, *query.before);
    // One more tells whether there are more.
    page.items = search.newest(wanted, (query.page - 1) * query.size, query.size + 1);
    page.has_more = std::ssize(page.items) > query.size;
    if (page.has_more) {
        page.items.pop_back();
        page.next = page.items.back().id;
    }
    return page;
}

std::vector<log_view> find_after(storage::reader& reader, const entry_filter& filter, std::int64_t id,
                                 std::int64_t last, std::int64_t most) {
    return search{reader, filter}.oldest({id + 1, last + 1}, most);
}

std::vector<log_view> find_among(storage::reader& reader, const entry_filter& filter,
                                 std::span<const std::int64_t> ids) {
    const search search{reader, filter};
    std::vector<log_view> found;
    for (auto begin = ids.begin(); begin != ids.end();) {
        auto end = std::next(begin);
        while (end != ids.end() && *end > end[-1] && *end - end[-1] <= longest_gap) ++end;
        auto some = search.oldest({*begin, end[-1] + 1}, INT64_MAX);
        // Others may have come between them, before or after.
        std::erase_if(some, [&](const auto& entry) { return !std::binary_search(begin, end, entry.id); });
        std::ranges::move(some, std::back_inserter(found));
        begin = end;
    }
    return found;
}

}  // namespace logging::entry_search
