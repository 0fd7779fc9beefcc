#include "retention.hpp"

#include <algorithm>

#include "entries.hpp"
#include "entry_id.hpp"

namespace logging {
namespace {

constexpr std::chrono::seconds between_looks{2};
// So few that other writers hardly wait for them, and that hardly more goes than has to.
constexpr std::int64_t most_at_a_time = 1000;
constexpr std::int64_t least_at_a_time = 10;
constexpr std::int64_t parts_of_all = 50;
constexpr std::int64_t least_free = std::int64_t{1} << 20U;

}  // namespace

retention::retention(const bus::module_context& context, const settings& settings)
    : context_{context}, settings_{settings}, tasks_{context.runtime.loop, context.runtime.time, context.log} {}

void retention::start() {
    tasks_.spawn_restarting("remove old log entries", [this] { return run(); });
}

core::awaitable<void> retention::stop() {
    tasks_.stop();
    co_await tasks_.join();
}

core::awaitable<void> retention::run() {
    while (true) {
        while (const auto end = removable_before()) co_await remove(end);
        if (needs_room()) co_await remove(INT64_MAX);
        co_await context_.runtime.time.sleep_for(between_looks);
    }
}

core::awaitable<void> retention::remove(std::int64_t end) {
    co_await context_.database.write({}, [end](storage::transaction& transaction) {
        const auto some = std::clamp(entries::count(transaction) / parts_of_all, least_at_a_time, most_at_a_time);
        return entries::remove_before(transaction, end, some);
    });
}

// Up to which id entries have to go; 0 when none has.
std::int64_t retention::removable_before() {
    const auto limit = entry_id::first_at(context_.runtime.time.now() - settings_.retention);
    return context_.database.read([this, limit](storage::reader& reader) -> std::int64_t {
        const auto oldest = entries::oldest(reader);
        if (!oldest) return 0;
        if (*oldest < limit) return limit;
        return entries::bytes_in_use(reader) > settings_.max_size ? INT64_MAX : 0;
    });
}

// The file does not become smaller, but it need not grow for what comes.
bool retention::needs_room() {
    return settings_.is_disk_full() && context_.database.read(&entries::free_bytes) < least_free;
}

}  // namespace logging
