#include "followers.hpp"

#include <algorithm>
#include <charconv>

#include "entry_id.hpp"
#include "entry_search.hpp"

namespace logging {
namespace {

constexpr std::chrono::seconds longest_wait{10};
// What comes in a burst is looked up at once.
constexpr std::chrono::milliseconds patience{100};
constexpr std::int64_t most_at_once = 256;
constexpr std::size_t enough = 64;

std::optional<std::int64_t> position_in(std::string_view text) {
    std::int64_t position = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), position);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return position;
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
      recent_{entry_id::first_at(context.runtime.time.now()), {}},
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
    followed answer;
    while (true) {
        if (recent_.is_lost(position)) co_return followed{.is_behind = true};
        const auto some = recent_.since(position);
        if (!some.ids.empty()) {
            auto found = co_await context_.database.search([&filter, &some](storage::reader& reader) {
                return entry_search::find_among(reader, filter, some.ids);
            });
            std::ranges::move(found, std::back_inserter(answer.items));
            position = some.end;
        }
        const bool has_all = position == recent_.end();
        if (answer.items.size() >= enough || (has_all && !answer.items.empty())) break;
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
    co_await clock.sleep_for(patience);
    co_return true;
}

}  // namespace logging
