#include <algorithm>
#include <tuple>

#include "follower.hpp"

// How a follower runs several events side by side.
namespace bus {

void follower::start_lanes() {
    const auto now = runtime_.time.monotonic();
    if (stopping_ || now < paused_until_) return;
    if (!returned_.empty() && !is_noting_) busy_.spawn("notes of " + handler_.name, note_returned());
    if (is_held_back()) return;
    // A lane may end at once, and with it may come a pause.
    while (lanes_.size() < handler_.concurrency && now >= paused_until_) {
        auto item = window_.next();
        if (!item) break;
        start_lane(std::move(*item));
    }
}

void follower::start_lane(work_item item) {
    auto one = lanes_.emplace_back(std::make_shared<lane>());
    one->item = std::move(item);
    const auto task = busy_.spawn(handler_.name, run_lane(one));
    if (task) one->task = *task;
}

core::awaitable<void> follower::run_lane(std::shared_ptr<lane> lane) {
    while (lane->item) {
        const auto outcome = co_await attempt(*lane);
        if (lane->is_given_up) co_return;  // somebody else goes on with its event
        finish(*lane->item, outcome);
        if (outcome == outcome::put_back) window_.put_back(std::move(*lane->item));
        lane->item.reset();
        if (stopping_ || is_held_back() || runtime_.time.monotonic() < paused_until_) break;
        lane->item = window_.next();
    }
    std::erase(lanes_, lane);
    tell_if_idle();
}

void follower::finish(const work_item& item, outcome outcome) {
    if (outcome == outcome::put_back) return;
    if (item.is_alone) alone_.release();
    pauses_ = 0;
    if (outcome == outcome::returned) {
        start_lanes();
        return;
    }
    if (!item.parked) {
        cursor_.settle(item.record->sequence);
        tell_waiting();
    }
    window_.finish(item.record->key);
    if (cursor_.scanned() < head_ || window_.empty()) work_.notify();
    const auto due = parked_.next_due();
    if ((due && *due <= runtime_.time.monotonic()) || (parked_.wants_to_be_alone() && alone_.is_free()))
        retries_.notify();
}

// The handler has had its time. What it does from now on has no effect; when it heeds the cancellation it ends.
void follower::give_up(const std::shared_ptr<lane>& lane) {
    if (lane->delivery->is_committing()) return;  // that ends, and tells
    const bool is_committed = lane->delivery->is_committed();
    lane->delivery->expire();
    lane->is_given_up = true;
    board_.end(*std::exchange(lane->place, std::nullopt));
    std::erase(lanes_, lane);
    log_.error("a handler took too long and was given up",
               {{"handler", handler_.name}, {"event", lane->item->record->id}, {"committed", is_committed}});
    auto item = *lane->item;
    busy_.cancel(lane->task);
    if (is_committed) {
        if (item.parked) read_parked(item.record->key, true);
        finish(item, outcome::settled);
        start_lanes();
        return;
    }
    item.known = {cause_of_failure::handler, "timed_out",
                  "the handler did not end within " + std::to_string(options_.handler_limit.count()) + " ms"};
    start_lane(std::move(item));
}

void follower::pause(const std::string& reason) {
    static const auto schedule = core::doubling(std::chrono::milliseconds{100}, std::chrono::seconds{5});
    const auto now = runtime_.time.monotonic();
    if (now < paused_until_) return;
    paused_until_ = now + schedule.delay(++pauses_, core::random_fraction());
    pause_reason_ = reason;
    retries_.notify();
}

core::awaitable<void> follower::note_returned() {
    is_noting_ = true;
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
            pause(trouble);
            break;
        }
        for (const auto& one : batch) {
            cursor_.settle(one.sequence);
            window_.finish(one.key);
            ++handled_;
            rate_.add();
        }
        tell_waiting();
        start_lanes();
        work_.notify();
    }
    is_noting_ = false;
    tell_if_idle();
}

core::awaitable<std::vector<unfinished_event>> follower::drain(core::monotonic_time deadline) {
    stopping_ = true;
    for (const auto& [sequence, waiter] : waiting_) waiter->notify();
    tasks_.stop();
    co_await tasks_.join();
    drop_waiting();
    if (rewind_to_) {
        rewind_to_.reset();
        rewound_.notify();
    }
    idle_.notify();
    std::vector<unfinished_event> unfinished;
    const bool has_ended = co_await busy_.join_until(deadline);
    // Nobody spawns notes any more, and what returned meanwhile is done.
    if (!is_noting_ && !returned_.empty()) co_await note_returned();
    if (!has_ended)
        for (const auto& lane : lanes_)
            unfinished.push_back({own_.name(), handler_.name, lane->item->record->id, lane->item->record->type});
    co_return unfinished;
}

void follower::cancel() {
    // To be stopped is no failed attempt.
    for (const auto& lane : lanes_)
        if (lane->place) board_.end(*std::exchange(lane->place, std::nullopt));
    busy_.stop();
}

}  // namespace bus
