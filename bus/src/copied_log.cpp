#include "copied_log.hpp"

#include <algorithm>

namespace bus {
namespace {

constexpr std::size_t removed_at_a_time = 500;

}  // namespace

core::awaitable<void> copied_log::forget_old(core::timestamp older_than) {
    const auto up_to = slowest();
    if (!up_to) co_return;
    constexpr auto full = static_cast<std::int64_t>(removed_at_a_time);
    for (auto removed = full; removed == full;)
        removed = co_await own_.write({}, [&](storage::transaction& transaction) {
            return rows_.forget(transaction, *up_to, older_than, removed_at_a_time);
        });
}

std::optional<std::int64_t> copied_log::slowest() {
    auto slowest = head();
    for (const auto* reader : readers_) {
        const auto position = reader->position();
        if (!position) return std::nullopt;
        slowest = std::min(slowest, *position);
    }
    return slowest;
}

void copied_log::ring(const std::vector<storage::committed_event>& appended) {
    for (auto* reader : readers_) reader->ring(appended);
}

std::vector<storage::event_record> copied_log::events_after(std::int64_t sequence, std::size_t most) {
    return own_.read([&](storage::reader& reader) { return rows_.events_after(reader, sequence, most); });
}

std::vector<std::pair<std::int64_t, std::string>> copied_log::types_between(std::int64_t after, std::int64_t up_to) {
    return own_.read([&](storage::reader& reader) { return rows_.types_between(reader, after, up_to); });
}

std::int64_t copied_log::first_sequence() {
    return own_.read([this](storage::reader& reader) { return rows_.first_sequence(reader); });
}

std::optional<std::int64_t> copied_log::first_sequence_since(core::timestamp time) {
    return own_.read([&](storage::reader& reader) { return rows_.first_sequence_since(reader, time); });
}

}  // namespace bus
