#include "follower.hpp"

#include <algorithm>

namespace bus {
namespace {

// Rows of other types cost no note each; only a long stretch of them is worth a write of its own.
constexpr std::int64_t noteworthy_stretch = 500;
constexpr std::size_t rows_at_a_time = 128;

}  // namespace

follower::follower(const follower_surroundings& surroundings, const event_handler& handler, followed_log& source)
    : runtime_{surroundings.runtime},
      options_{surroundings.options},
      handler_{handler},
      own_{surroundings.own},
      source_{source},
      board_{surroundings.board},
      alone_{surroundings.alone},
      log_{runtime_.log_for(own_.name())},
      notes_{handler.name, source.name()},
      line_{running_board::line_of(handler.name, source.name())},
      window_{options_.window},
      work_{runtime_.loop},
      retries_{runtime_.loop},
      rewound_{runtime_.loop},
      idle_{runtime_.loop},
      tasks_{runtime_.loop, runtime_.time, log_},
      busy_{runtime_.loop, runtime_.time, log_} {
    alone_.add(retries_);
}

void follower::start() {
    ran_before_ = board_.left_behind(line_);
    head_ = source_.head();
    tasks_.spawn_restarting("follow " + source_.name() + " for " + handler_.name, [this] { return scan(); });
    tasks_.spawn_restarting("retry for " + handler_.name, [this] { return retry(); });
}

void follower::ring(std::span<const storage::committed_event> events) {
    head_ = events.back().record->sequence;
    for (const auto& event : events) {
        if (ring_.size() >= options_.ring) break;  // the log has the rest
        if (ring_.empty() || ring_.back().record->sequence + 1 == event.record->sequence) ring_.push_back(event);
    }
    work_.notify();
}

void follower::tick() {
    rate_.tick();
    if (!loaded_ || stopping_) return;
    const auto now = runtime_.time.monotonic();
    for (const auto& lane : std::vector{lanes_})
        if (lane->delivery != nullptr && lane->overdue_at <= now) give_up(lane);
    try {
        if (const auto head = source_.head(); head > head_) {
            head_ = head;
            work_.notify();
        }
    } catch (const storage::error&) {
        work_.notify();  // the scanner reads the log itself, and tells of the trouble
    }
}

core::awaitable<void> follower::scan() {
    while (true) {
        if (rewind_to_ && is_idle()) co_await go_back();
        if (!is_held_back()) {
            if (!loaded_) co_await load();
            if (!loaded_) continue;
            while (fill_window()) {
            }
            start_lanes();
            co_await skip_what_does_not_concern();
        }
        co_await work_.wait();
    }
}

// True when there may be more to read.
bool follower::fill_window() {
    // With too many keys that fail the log is a better place to wait than memory.
    if (parked_.keys() >= options_.parked_keys) return false;
    while (!ring_.empty() && ring_.front().record->sequence <= cursor_.scanned()) ring_.pop_front();
    if (!ring_.empty() && ring_.front().record->sequence == cursor_.scanned() + 1) {
        if (!admit(ring_.front().record, ring_.front().live)) return false;
        ring_.pop_front();
        return true;
    }
    while (!backlog_.empty() && backlog_.front()->sequence <= cursor_.scanned()) backlog_.pop_front();
    if (backlog_.empty()) {
        if (cursor_.scanned() >= head_ || !window_.has_room()) return false;
        for (auto& row : source_.events_after(cursor_.scanned(), rows_at_a_time))
            backlog_.push_back(std::make_shared<const storage::event_record>(std::move(row)));
        if (backlog_.empty()) return false;
    }
    return admit(backlog_.front(), {});
}

// False, and nothing has changed, when the window is full.
bool follower::admit(std::shared_ptr<const storage::event_record> record, storage::live_object live) {
    const auto* subscription = subscription_for(record->type);
    if (subscription != nullptr && !window_.has_room()) return false;
    const auto step = cursor_.pass(*record, subscription != nullptr);
    if (!step.is_to_do) {
        tell_waiting();
        return true;
    }
    work_item item{std::move(record), std::move(live), subscription, step.previous};
    if (crashed_.erase({item.record->epoch, item.record->sequence}) > 0) item.known = crash_failure();
    window_.add(std::move(item));
    return true;
}

core::awaitable<void> follower::skip_what_does_not_concern() {
    if (!window_.empty() || !is_idle() || cursor_.without_note() < noteworthy_stretch) co_return;
    const auto to = cursor_.scanned();
    co_await own_.write(
        {}, [this, to](storage::transaction& transaction) { notes_.move(transaction, cursor_.epoch(), to); });
    cursor_.noted_up_to(to);
}

core::awaitable<void> follower::retry() {
    while (true) {
        if (loaded_ && !is_held_back()) take_due();
        start_lanes();
        const auto now = runtime_.time.monotonic();
        auto wake = core::monotonic_time::max();
        if (now < paused_until_) wake = paused_until_;
        if (const auto next = parked_.next_due(); next && *next > now) wake = std::min(wake, *next);
        if (wake == core::monotonic_time::max())
            co_await retries_.wait();
        else
            co_await retries_.wait_until(runtime_.time, wake);
    }
}

void follower::take_due() {
    const auto now = runtime_.time.monotonic();
    while (window_.has_room()) {
        const auto due = parked_.take_due(now, alone_.is_free());
        if (!due) break;
        std::optional<storage::parked_event> first;
        try {
            first = own_.read([&](storage::reader& reader) { return notes_.first_parked(reader, due->key); });
        } catch (...) {
            parked_.put_back(due->key, {now + std::chrono::seconds{1}, 0, due->is_alone});
            throw;
        }
        if (!first) {
            parked_.remove(due->key);
            continue;
        }
        work_item item{
            std::make_shared<const storage::event_record>(first->event), {}, subscription_for(first->event.type), 0};
        item.parked = std::move(first);
        item.is_alone = due->is_alone;
        if (item.is_alone) alone_.take();
        window_.add(std::move(item));
    }
}

void follower::letter_changed(const std::string& key) {
    if (!loaded_) return;  // what is loaded then has the change
    dead_ = own_.read([this](storage::reader& reader) { return notes_.dead(reader); });
    read_parked(key, false);
}

const event_subscription* follower::subscription_for(std::string_view type) const {
    for (const auto& subscription : handler_.subscriptions)
        if (subscription.type == type) return &subscription;
    return nullptr;
}

// In the file stands the wall clock, which may have been set since: no pause is longer than the schedule has one.
parked_head follower::head_of(core::timestamp next_attempt_at, std::int64_t attempts, bool has_ended_process) const {
    const auto wait = std::clamp<std::chrono::milliseconds>(next_attempt_at - runtime_.time.now(),
                                                            std::chrono::milliseconds{0}, options_.retry.longest());
    return {runtime_.time.monotonic() + wait, attempts, has_ended_process};
}

void follower::drop_waiting() {
    if (window_.drop_waiting()) alone_.release();
}

handler_view follower::view() const {
    const auto oldest = oldest_waiting();
    const auto position = cursor_.position();
    return {.module = own_.name(),
            .handler = handler_.name,
            .source = source_.name(),
            .position = position,
            .head = std::max(head_, source_.known_head()),
            .lag = std::max(head_, source_.known_head()) - position,
            .lag_seconds = oldest ? std::chrono::duration<double>(runtime_.time.now() - *oldest).count() : 0,
            .in_flight = static_cast<std::int64_t>(window_.in_flight()),
            .parked = own_.read([this](storage::reader& reader) { return notes_.parked_count(reader); }),
            .dead = dead_,
            .rate = rate_.per_second(),
            .handled = handled_,
            .failed = failed_,
            .retried = retried_,
            .died = died_,
            .suppressed = suppressed_,
            .paused = runtime_.time.monotonic() < paused_until_ ? pause_reason_ : std::string{}};
}

std::optional<std::int64_t> follower::position() const {
    if (!loaded_) return std::nullopt;
    return std::min(cursor_.position(), rewind_to_.value_or(keep_after_.value_or(cursor_.position())));
}

std::optional<core::timestamp> follower::oldest_waiting() const {
    if (const auto* time = cursor_.oldest()) return *time;
    if (!loaded_ || cursor_.scanned() >= head_) return std::nullopt;
    const auto next = source_.events_after(cursor_.scanned(), 1);
    return next.empty() ? std::nullopt : std::optional{next.front().time};
}

bool follower::is_quiet() const {
    return loaded_ && !is_held_back() && cursor_.scanned() >= head_ && window_.empty() && is_idle() &&
           parked_.keys() == 0;
}

}  // namespace bus
