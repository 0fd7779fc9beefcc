#include <algorithm>

#include "follower.hpp"

// How a follower finds its place in the log: at its start, after a replay was asked for, and when the log has gone
// back.
namespace bus {

core::awaitable<void> follower::load() {
    const auto resumptions = resumptions_;
    auto progress = own_.read([this](storage::reader& reader) { return notes_.progress(reader); });
    const auto from = !progress && handler_.from == start_from::now ? co_await source_.newest() : 0;
    if (!progress) {
        const auto known = source_.epochs();
        progress.emplace(known.empty() ? 0 : known.back().epoch, from);
        co_await own_.write({}, [this, &progress](storage::transaction& transaction) {
            notes_.move(transaction, progress->epoch, progress->sequence);
        });
    }
    co_await source_.enlist(own_.name(), handler_.name, progress->sequence);
    // A copy may have learnt of more meanwhile.
    const auto epochs = source_.epochs();
    const auto end = source_.end();
    const auto before = progress->sequence;
    if (storage::correct(*progress, epochs, end)) {
        log_.error("a log has gone back; its handler goes on from there",
                   {{"handler", handler_.name}, {"log", source_.name()}, {"was", before}, {"is", progress->sequence}});
        co_await own_.write(
            {}, [&](storage::transaction& transaction) { notes_.correct(transaction, *progress, epochs, end); });
    }
    if (!progress->ahead.empty()) co_await relink(*progress);
    co_await count_crashes(*progress);
    if (resumptions_ != resumptions) co_return;
    cursor_.begin(*progress);
    parked_.clear();
    own_.read([this](storage::reader& reader) {
        for (const auto& line : notes_.parked_lines(reader))
            parked_.update(line.key, head_of(line.next_attempt_at, line.attempts, line.has_ended_process));
        dead_ = notes_.dead(reader);
    });
    loaded_ = true;
    tell_waiting();
    retries_.notify();
}

// What ran when the process died has used up an attempt: parked events are noted so here, the others when the scanner
// meets them.
core::awaitable<void> follower::count_crashes(const storage::handler_progress& progress) {
    crashed_.clear();
    for (const auto& left : board_.left_behind(line_)) {
        const bool is_done =
            left.sequence <= progress.sequence ||
            std::ranges::any_of(progress.ahead, [&](const auto& done) { return done.sequence == left.sequence; });
        if (!is_done && left.sequence <= head_) {
            crashed_.emplace(left.epoch, left.sequence);
            continue;
        }
        auto parked =
            own_.read([&](storage::reader& reader) { return notes_.find_parked(reader, left.epoch, left.sequence); });
        if (parked) {
            work_item item{std::make_shared<const storage::event_record>(parked->event)};
            item.parked = std::move(parked);
            co_await note_failure(item, crash_failure());
        }
        board_.forget(left);
    }
}

// The handler may take other types than when these notes were made: then other events stand before those done ahead.
core::awaitable<void> follower::relink(storage::handler_progress& progress) {
    const auto rows = source_.types_between(progress.sequence, progress.ahead.back().sequence);
    auto done = progress.ahead.begin();
    auto previous = progress.sequence;
    bool has_changed = false;
    for (const auto& [sequence, type] : rows) {
        if (sequence == done->sequence) {
            has_changed = has_changed || std::exchange(done->previous, previous) != previous;
            if (++done == progress.ahead.end()) break;
            previous = sequence;
        } else if (subscription_for(type) != nullptr) {
            previous = sequence;
        }
    }
    if (!has_changed) co_return;
    co_await own_.write({}, [&](storage::transaction& transaction) { notes_.relink(transaction, progress.ahead); });
    progress = *own_.read([this](storage::reader& reader) { return notes_.progress(reader); });
}

bool follower::was_running(const storage::event_record& record) const {
    return std::ranges::any_of(ran_before_, [&](const running_board::place& place) {
        return place.epoch == record.epoch && place.sequence == record.sequence;
    });
}

core::awaitable<bool> follower::rewind(std::int64_t sequence) {
    const auto before = rewinds_;
    rewind_to_ = sequence;
    drop_waiting();
    work_.notify();
    while (rewind_to_) co_await rewound_.wait();
    co_return rewinds_ > before;
}

core::awaitable<bool> follower::halt() {
    halted_ = true;
    drop_waiting();
    while (!is_idle() && !stopping_) co_await idle_.wait();
    co_return !stopping_;
}

void follower::resume() {
    drop_waiting();
    ring_.clear();
    backlog_.clear();
    loaded_ = false;
    halted_ = false;
    ++resumptions_;
    head_ = source_.head();
    work_.notify();
}

void follower::tell_if_idle() {
    if (!is_idle()) return;
    if (rewind_to_) work_.notify();
    if (halted_) idle_.notify();
}

core::awaitable<void> follower::go_back() {
    const auto epochs = source_.epochs();
    std::int64_t epoch = 0;
    for (const auto& one : epochs)
        if (one.first_sequence <= *rewind_to_ + 1) epoch = one.epoch;
    co_await own_.write({}, [&](storage::transaction& transaction) { notes_.rewind(transaction, epoch, *rewind_to_); });
    drop_waiting();
    ring_.clear();
    backlog_.clear();
    loaded_ = false;
    rewind_to_.reset();
    ++rewinds_;
    rewound_.notify();
}

}  // namespace bus
