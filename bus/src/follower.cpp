#include "follower.hpp"

#include <algorithm>
#include <tuple>

namespace bus {
namespace {

// Rows of other types cost no note each; only a long stretch of them is worth a write of its own.
constexpr std::int64_t noteworthy_stretch = 500;
constexpr std::size_t rows_at_a_time = 128;

}  // namespace

follower::follower(const core::runtime& runtime, const settings& settings, const event_handler& handler,
                   storage::database& own, storage::database& source)
    : runtime_{runtime},
      settings_{settings},
      handler_{handler},
      own_{own},
      source_{source},
      log_{runtime.log_for(own.name())},
      notes_{handler.name, source.name()},
      window_{settings.window},
      work_{runtime.loop},
      retries_{runtime.loop},
      tasks_{runtime.loop, runtime.time, log_},
      busy_{runtime.loop, runtime.time, log_} {}

void follower::start() {
    head_ = source_.head();
    tasks_.spawn_restarting("follow " + source_.name() + " for " + handler_.name, [this] { return scan(); });
    tasks_.spawn_restarting("retry for " + handler_.name, [this] { return retry(); });
}

core::awaitable<void> follower::stop() {
    stopping_ = true;
    tasks_.stop();
    co_await tasks_.join();
    window_.drop_waiting();
    co_await busy_.join();
}

void follower::ring(std::span<const storage::committed_event> events) {
    head_ = events.back().record->sequence;
    for (const auto& event : events) {
        if (ring_.size() >= settings_.ring) break;  // the log has the rest
        if (ring_.empty() || ring_.back().record->sequence + 1 == event.record->sequence) ring_.push_back(event);
    }
    work_.notify();
}

core::awaitable<void> follower::scan() {
    if (!loaded_) co_await load();
    while (true) {
        while (fill_window()) {
        }
        start_lanes(runtime_.time.monotonic());
        co_await skip_what_does_not_concern();
        co_await work_.wait();
    }
}

core::awaitable<void> follower::load() {
    auto progress = own_.read([this](storage::reader& reader) { return notes_.progress(reader); });
    if (!progress) {
        const auto epochs = source_.epochs();
        progress.emplace(epochs.empty() ? 0 : epochs.back().epoch,
                         handler_.from == start_from::now ? source_.head() : 0);
        co_await own_.write({}, [this, &progress](storage::transaction& transaction) {
            notes_.move(transaction, progress->epoch, progress->sequence);
        });
    }
    co_await correct_position(*progress);
    scanned_ = relevant_ = noted_ = progress->sequence;
    epoch_ = progress->epoch;
    for (const auto& done : progress->ahead) ahead_.insert(done.sequence);
    own_.read([this](storage::reader& reader) {
        for (auto& parked : notes_.parked(reader)) parked_.add(std::move(parked));
        dead_ = notes_.dead(reader);
    });
    loaded_ = true;
    retries_.notify();
}

// A position is valid only inside its epoch: what an earlier epoch had where a later one began never happened.
core::awaitable<void> follower::correct_position(storage::handler_progress& progress) {
    const auto before = progress.sequence;
    const auto known_before = progress.ahead.size();
    const auto epochs = source_.epochs();
    for (const auto& epoch : epochs) {
        std::erase_if(progress.ahead, [&](const auto& done) {
            return done.epoch < epoch.epoch && done.sequence >= epoch.first_sequence;
        });
        if (epoch.epoch > progress.epoch && progress.sequence >= epoch.first_sequence) {
            progress.sequence = epoch.first_sequence - 1;
            progress.epoch = epoch.epoch;
        }
    }
    // A log that ends before what was done is a file of the past, put back without a new epoch.
    const auto head = source_.head();
    progress.sequence = std::min(progress.sequence, head);
    std::erase_if(progress.ahead, [head](const auto& done) { return done.sequence > head; });
    if (before == progress.sequence && known_before == progress.ahead.size()) co_return;
    log_.error("a log has gone back; its handler goes on from there",
               {{"handler", handler_.name}, {"log", source_.name()}, {"was", before}, {"is", progress.sequence}});
    co_await own_.write({}, [&](storage::transaction& transaction) {
        for (const auto& epoch : epochs) notes_.forget_lost(transaction, epoch);
        notes_.forget_beyond(transaction, head);
        notes_.move(transaction, progress.epoch, progress.sequence);
    });
}

// True when there may be more to read.
bool follower::fill_window() {
    while (!ring_.empty() && ring_.front().record->sequence <= scanned_) ring_.pop_front();
    if (!ring_.empty() && ring_.front().record->sequence == scanned_ + 1) {
        if (!admit(ring_.front().record, ring_.front().live)) return false;
        ring_.pop_front();
        return true;
    }
    if (scanned_ >= head_ || !window_.has_room()) return false;
    auto rows = source_.events_after(scanned_, rows_at_a_time);
    for (auto& row : rows)
        if (!admit(std::make_shared<const storage::event_record>(std::move(row)), {})) return false;
    return !rows.empty();
}

// False, and nothing has changed, when the window is full.
bool follower::admit(std::shared_ptr<const storage::event_record> record, storage::live_object live) {
    const auto* subscription = subscription_for(record->type);
    if (subscription != nullptr && !window_.has_room()) return false;
    scanned_ = record->sequence;
    epoch_ = record->epoch;
    if (subscription == nullptr) return true;
    const auto previous = std::exchange(relevant_, scanned_);
    if (ahead_.erase(scanned_) > 0) return true;
    window_.add({std::move(record), std::move(live), subscription, previous});
    return true;
}

core::awaitable<void> follower::skip_what_does_not_concern() {
    if (!window_.empty() || !returned_.empty() || is_noting_ ||
        scanned_ - std::max(noted_, relevant_) < noteworthy_stretch)
        co_return;
    const auto to = scanned_;
    co_await own_.write({}, [this, to](storage::transaction& transaction) { notes_.move(transaction, epoch_, to); });
    noted_ = relevant_ = to;
}

core::awaitable<void> follower::retry() {
    while (true) {
        for (auto& due : parked_.take_due(runtime_.time.now())) {
            work_item item{
                std::make_shared<const storage::event_record>(due.event), {}, subscription_for(due.event.type), 0};
            item.parked = std::move(due);
            window_.add(std::move(item));
        }
        const auto now = runtime_.time.monotonic();
        start_lanes(now);
        auto wake = core::monotonic_time::max();
        if (now < paused_until_) wake = paused_until_;
        // A wall clock that was set is noticed within a second.
        if (const auto next = parked_.next_due())
            wake = std::min(
                wake, now + std::clamp<std::chrono::milliseconds>(
                                *next - runtime_.time.now(), std::chrono::milliseconds{1}, std::chrono::seconds{1}));
        if (wake == core::monotonic_time::max())
            co_await retries_.wait();
        else
            co_await retries_.wait_until(runtime_.time, wake);
    }
}

void follower::start_lanes(core::monotonic_time now) {
    if (stopping_ || now < paused_until_) return;
    if (!returned_.empty() && !is_noting_) {
        is_noting_ = true;
        busy_.spawn("notes of " + handler_.name, note_returned());
    }
    // A lane may end at once, and with it may come a pause.
    while (lanes_ < handler_.concurrency && now >= paused_until_) {
        auto item = window_.next();
        if (!item) break;
        ++lanes_;
        busy_.spawn(handler_.name, lane(std::move(*item)));
    }
}

void follower::pause() {
    static const auto schedule = core::doubling(std::chrono::milliseconds{100}, std::chrono::seconds{5});
    const auto now = runtime_.time.monotonic();
    if (now < paused_until_) return;
    paused_until_ = now + schedule.delay(++pauses_, core::random_fraction());
    retries_.notify();
}

core::awaitable<void> follower::lane(work_item first) {
    std::optional<work_item> item{std::move(first)};
    while (item) {
        if (co_await attempt(*item)) {
            pauses_ = 0;
            if (item->is_returned)
                start_lanes(runtime_.time.monotonic());
            else
                window_.finish(item->record->key);
        } else {
            window_.put_back(std::move(*item));
            pause();
        }
        if (scanned_ < head_ || window_.empty()) work_.notify();
        if (stopping_ || runtime_.time.monotonic() < paused_until_) break;
        item = window_.next();
    }
    --lanes_;
}

core::awaitable<void> follower::note_returned() {
    while (!returned_.empty()) {
        auto batch = std::exchange(returned_, {});
        std::string trouble;
        try {
            co_await own_.write({}, [this, &batch](storage::transaction& transaction) {
                // What was done before needs no second note.
                for (const auto& one : batch)
                    std::ignore = notes_.mark_done(transaction, one.epoch, one.sequence, one.previous);
            });
        } catch (...) {
            trouble = core::describe(std::current_exception());
        }
        if (!trouble.empty()) {
            returned_.insert(returned_.begin(), batch.begin(), batch.end());
            log_.warning("handled events could not be noted yet", {{"handler", handler_.name}, {"error", trouble}});
            pause();
            break;
        }
        for (const auto& one : batch) window_.finish(one.key);
        start_lanes(runtime_.time.monotonic());
        work_.notify();
    }
    is_noting_ = false;
}

const event_subscription* follower::subscription_for(const std::string& type) const {
    for (const auto& subscription : handler_.subscriptions)
        if (subscription.type == type) return &subscription;
    return nullptr;
}

handler_status follower::status() const {
    return {own_.name(), handler_.name, source_.name(), scanned_, head_, window_.in_flight(), parked_.size(), dead_};
}

bool follower::is_quiet() const {
    return loaded_ && scanned_ >= head_ && window_.empty() && returned_.empty() && !is_noting_ && parked_.size() == 0 &&
           lanes_ == 0;
}

}  // namespace bus
