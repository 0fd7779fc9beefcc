#include "entry_counts.hpp"

#include <chrono>

namespace logging::entry_counts {
namespace {

constexpr std::int64_t ids_in_hour = entry_id::ids_in(std::chrono::hours{1});

}  // namespace

void changes::add(std::int64_t id, const std::string& module, const std::string& level, std::int64_t count) {
    counts_[{id / ids_in_hour, module, level}] += count;
}

void changes::apply(storage::transaction& transaction) const {
    for (const auto& [key, count] : counts_) {
        const auto& [hour, module, level] = key;
        transaction.execute(
            "INSERT INTO entry_counts (hour, module, level, entries) VALUES (?1, ?2, ?3, ?4) "
            "ON CONFLICT DO UPDATE SET entries = entries + ?4",
            hour, module, level, count);
        if (count < 0)
            transaction.execute(
                "DELETE FROM entry_counts WHERE hour = ?1 AND module = ?2 AND level = ?3 AND entries <= 0", hour,
                module, level);
    }
}

std::int64_t of_whole_hours(storage::reader& reader, entry_id::range& hours, const std::optional<std::string>& module,
                            const std::optional<std::string>& levels) {
    // The first hour that begins in the range, and the one that does not end in it; an open end cuts no hour.
    const auto first = (hours.first + ids_in_hour - 1) / ids_in_hour;
    const auto end = hours.end == INT64_MAX ? INT64_MAX : hours.end / ids_in_hour;
    if (first >= end) {
        hours = {hours.end, hours.end};
        return 0;
    }
    hours = {first * ids_in_hour, end == INT64_MAX ? INT64_MAX : end * ids_in_hour};
    return reader.query_one<std::int64_t>(
        "SELECT coalesce(sum(entries), 0) FROM entry_counts WHERE hour >= ?1 AND hour < ?2 "
        "AND (?3 IS NULL OR module = ?3 COLLATE NOCASE) "
        "AND (?4 IS NULL OR instr(',' || ?4 || ',', ',' || level || ',') > 0)",
        first, end, module, levels);
}

}  // namespace logging::entry_counts
