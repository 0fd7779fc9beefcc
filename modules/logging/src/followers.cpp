#include "followers.hpp"

#include <algorithm>
#include <charconv>

#include "entry_id.hpp"
#include "entry_search.hpp"

namespace logging {
namespace {

constexpr std::chrono::seconds longest_wait{1};
// What comes in a burst is looked up at once, up to a size.
constexpr std::chrono::milliseconds patience{100};
constexpr std::int64_t much = 256 * 1024;  // bytes
// Who has more than this to read may be too slow for what comes.
constexpr std::size_t most_entries_behind = 10'000;
constexpr std::int64_t most_bytes_behind = std::int64_t{1} << 20U;
constexpr std::int64_t most_at_once = 256;
constexpr std::size_t enough = 64;

std::optional<std::int64_t> position_in(std::string_view text) {
    std::int64_t position = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), position);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return position;
}

std::int64_t bytes_of(const std::vector<log_view>& entries) {
    std::int64_t bytes = 0;
    for (const auto& entry : entries) bytes += static_cast<std::int64_t>(entry.name.size() + entry.data.text.size());
    return bytes;
}

class listed {
public:
    listed(std::list<core::notifier*>& all, core::notifier& one) : all_{all}, place_{all.insert(all.end(), &one)} {}
    listed(const listed&) = delete;
    listed& operator=(const listed&) = delete;
    ~listed() { all_.erase(place_); }

private:
    std::list<core::notifier*>& all_;
    std::list<core::notifier*>::iterator place_;
};

}  // namespace

followers::followers(const bus::module_context& context)
    : context_{context},
      recent_{entry_id::first_at(context.runtime.time.now()), most_entries_behind},
      newest_id_{context.database.read([](storage::reader& reader) { return entries::newest(reader).value_or(0); })} {}

void followers::stored(std::span<const entries::stored> entries) {
    if (entries.empty()) return;
    recent_.add(entries);
    newest_id_ = std::max(newest_id_, std::ranges::max(entries, {}, &entries::stored::id).id);
    for (auto* follower : waiting_) follower->notify();
}

core::awaitable<core::result<followed>> followers::follow(follow_entries query, bus::call call) {
    const auto& clock = context_.runtime.time;
    if (!query.position) co_return co_await begin(query);
    const auto given = position_in(*query.position);
    if (!given) co_return core::invalid({{"position", "is none of this server"}});
    // The answer has to be back in time, too.
    const auto began = clock.monotonic();
    const auto deadline =
        call.deadline == core::monotonic_time::max()
            ? began + longest_wait
            : began + std::min<core::monotonic_time::duration>(longest_wait, (call.deadline - began) * 6 / 10);
    const auto filter = entry_filter::of(query);
    auto position = *given;
    if (recent_.is_lost(position)) co_return followed{.is_behind = true};
    const bool is_late = recent_.bytes_since(position) > most_bytes_behind;
    followed answer;
    std::int64_t bytes = 0;
    while (true) {
        if (recent_.is_lost(position)) co_return followed{.is_behind = true};
        const auto some = recent_.since(position);
        if (!some.ids.empty()) {
            auto found = co_await context_.database.search([&filter, &some](storage::reader& reader) {
                return entry_search::find_among(reader, filter, some.ids);
            });
            bytes += bytes_of(found);
            std::ranges::move(found, std::back_inserter(answer.items));
            position = some.end;
        }
        // Only what is asked for counts: of all that has come it may be little.
        if (is_late && bytes > most_bytes_behind) co_return followed{.is_behind = true};
        const bool has_all = position == recent_.end();
        if (has_all ? !answer.items.empty() : !is_late && answer.items.size() >= enough) break;
        // Others may log without an end what is not asked for.
        if (clock.monotonic() >= deadline) break;
        if (has_all && !co_await wait_for_more(position, deadline)) break;
    }
    answer.position = std::to_string(position);
    co_return answer;
}

core::awaitable<followed> followers::begin(const follow_entries& query) {
    followed answer{.position = std::to_string(recent_.end())};
    if (!query.after) co_return answer;
    const auto last = newest_id_;
    answer.items = co_await context_.database.search([&query, last](storage::reader& reader) {
        return entry_search::find_after(reader, entry_filter::of(query), *query.after, last, most_at_once);
    });
    if (std::ssize(answer.items) == most_at_once) answer.position.clear();
    co_return answer;
}

core::awaitable<bool> followers::wait_for_more(std::int64_t position, core::monotonic_time deadline) {
    auto& clock = context_.runtime.time;
    core::notifier more{context_.runtime.loop};
    const listed listed{waiting_, more};
    while (recent_.end() == position) {
        if (clock.monotonic() >= deadline) co_return false;
        co_await more.wait_until(clock, deadline);
    }
    const auto end = clock.monotonic() + patience;
    while (clock.monotonic() < end && !recent_.is_lost(position) && recent_.bytes_since(position) < much)
        co_await more.wait_until(clock, end);
    co_return true;
}

}  // namespace logging
