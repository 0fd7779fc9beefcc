#include "simulated_follower.hpp"

#include <algorithm>
#include <tuple>

namespace simulation {
namespace {

constexpr std::size_t lanes = 4;
constexpr std::size_t room = 6;
constexpr std::size_t rows_at_a_time = 16;

}  // namespace

simulated_follower::simulated_follower(simulated_file& file, readable_log& log, const simulated_source& source,
                                       dice& dice, mutant without, coverage& seen)
    : file_{file}, log_{log}, source_{source}, dice_{dice}, without_{without}, seen_{seen} {}

void simulated_follower::die(bool with_power) {
    for (const auto& item : running_) board_.emplace(item.record->epoch, item.record->sequence);
    board_.merge(crashed_);
    if (with_power) board_.clear();
    crashed_.clear();
    running_.clear();
    is_loaded_ = false;
    place_.reset();
}

void simulated_follower::halt() {
    (void)window_.drop_waiting();
    while (end()) dice_.may_die(0.02);
}

void simulated_follower::load() {
    look_for_place();
    take_place();
}

// What follower::load() does.
void simulated_follower::look_for_place() {
    (void)window_.drop_waiting();
    window_ = bus::delivery_window{room};
    backlog_.clear();
    is_alone_taken_ = false;
    auto progress = file_.read([&](storage::reader& reader) { return notes_.progress(reader); });
    if (!progress) {
        const auto known = log_.epochs();
        progress.emplace(known.empty() ? 0 : known.back().epoch, 0);
        file_.commit([&](storage::transaction& transaction) { notes_.move(transaction, progress->epoch, 0); });
    }
    log_.enlist(progress->sequence);
    auto epochs = log_.epochs();
    if (without_ == mutant::done_without_epoch) {
        for (auto& done : progress->ahead) done.epoch = epochs.back().epoch;
        file_.commit([&](storage::transaction& transaction) {
            transaction.execute("UPDATE done_ahead SET epoch = ?1", epochs.back().epoch);
        });
    }
    if (without_ == mutant::purge_next_epoch_only)
        std::erase_if(epochs, [&](const auto& one) { return one.epoch > progress->epoch + 1; });
    const auto before = progress->sequence + static_cast<std::int64_t>(progress->ahead.size());
    if (storage::correct(*progress, epochs, log_.end())) {
        seen_.phantoms += before - progress->sequence - static_cast<std::int64_t>(progress->ahead.size());
        file_.commit(
            [&](storage::transaction& transaction) { notes_.correct(transaction, *progress, epochs, log_.end()); });
    }
    note_crashes(*progress);
    place_ = std::move(progress);
    is_place_old_ = false;
}

void simulated_follower::take_place() {
    const auto place = std::exchange(place_, std::nullopt);
    if (is_place_old_) return;
    parked_.clear();
    cursor_.begin(*place);
    for (const auto& line : file_.read([&](storage::reader& reader) { return notes_.parked_lines(reader); }))
        parked_.update(line.key, {now_, line.attempts, line.has_ended_process});
    is_loaded_ = true;
}

// What follower::count_crashes() does.
void simulated_follower::note_crashes(const storage::handler_progress& progress) {
    board_.merge(crashed_);
    crashed_.clear();
    for (const auto& [epoch, sequence] : board_) {
        const bool is_done =
            sequence <= progress.sequence ||
            std::ranges::any_of(progress.ahead, [&](const auto& done) { return done.sequence == sequence; });
        if (!is_done && sequence <= log_.head()) {
            crashed_.emplace(epoch, sequence);
            continue;
        }
        auto parked = file_.read([&](storage::reader& reader) { return notes_.find_parked(reader, epoch, sequence); });
        if (!parked) continue;
        ++seen_.crash_attempts;
        ++parked->attempts;
        parked->errors = R"([{"type":"process_ended"}])";
        const auto verdict = bus::judge(bus::cause_of_failure::crash, parked->attempts, schedule_, 0);
        parked->state = verdict.is_dead ? storage::parked_state::dead : storage::parked_state::retrying;
        file_.commit([&](storage::transaction& transaction) { notes_.update(transaction, *parked); });
    }
    board_.clear();
}

bool simulated_follower::scan() {
    if (cursor_.scanned() >= log_.head() || !window_.has_room()) return false;
    while (!backlog_.empty() && backlog_.front()->sequence <= cursor_.scanned()) backlog_.pop_front();
    if (backlog_.empty())
        for (auto& one : log_.rows_after(cursor_.scanned(), rows_at_a_time)) backlog_.push_back(std::move(one));
    if (backlog_.empty()) return false;
    auto record = std::move(backlog_.front());
    backlog_.pop_front();
    const auto step = cursor_.pass(*record, true);
    if (!step.is_to_do) return true;
    bus::work_item item{std::move(record), {}, nullptr, step.previous};
    if (crashed_.erase({item.record->epoch, item.record->sequence}) > 0)
        item.known = bus::failed_attempt{bus::cause_of_failure::crash, "", ""};
    window_.add(std::move(item));
    return true;
}

bool simulated_follower::begin() {
    if (running_.size() >= lanes) return false;
    auto item = window_.next();
    if (!item) return false;
    if (without_ == mutant::mark_before_handler && !item->parked)
        file_.commit([&](storage::transaction& transaction) { std::ignore = !mark_done(transaction, *item); });
    running_.push_back(std::move(*item));
    return true;
}

bool simulated_follower::end() {
    if (running_.empty()) return false;
    const auto place = running_.begin() + static_cast<std::ptrdiff_t>(dice_.pick(running_.size()));
    const auto item = std::move(*place);
    running_.erase(place);
    finish(item);
    return true;
}

void simulated_follower::step() {
    if (!is_loaded_) return place_ ? take_place() : look_for_place();
    switch (dice_.pick(5)) {
        case 0:
            return (void)scan();
        case 1:
            return (void)begin();
        case 2:
            return (void)retry();
        default:
            return (void)end();
    }
}

bool simulated_follower::work() {
    if (!is_loaded_) {
        load();
        return true;
    }
    bool has_moved = scan();
    has_moved = begin() || has_moved;
    has_moved = end() || has_moved;
    return retry() || has_moved;
}

bool simulated_follower::retry() {
    if (!window_.has_room()) return false;
    const auto due = parked_.take_due(now_, !is_alone_taken_);
    if (!due) return false;
    auto first = file_.read([&](storage::reader& reader) { return notes_.first_parked(reader, due->key); });
    bus::work_item item{std::make_shared<const storage::event_record>(first->event), {}, nullptr, 0};
    item.parked = std::move(first);
    item.is_alone = due->is_alone;
    is_alone_taken_ = is_alone_taken_ || due->is_alone;
    window_.add(std::move(item));
    return true;
}

void simulated_follower::redeliver() {
    if (!is_loaded_ || cursor_.scanned() == 0 || !window_.has_room()) return;
    const auto before = static_cast<std::int64_t>(dice_.pick(static_cast<std::size_t>(cursor_.scanned())));
    auto rows = log_.rows_after(before, 1);
    if (rows.empty() || rows.front()->sequence != before + 1 || cursor_.position() <= before) return;
    window_.add({std::move(rows.front()), {}, nullptr, before});
}

}  // namespace simulation
