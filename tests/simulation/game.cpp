#include "game.hpp"

#include <algorithm>
#include <tuple>

namespace simulation {
namespace {

constexpr std::int64_t events_of_a_game = 60;
constexpr std::size_t keys = 5;
constexpr std::size_t lanes = 4;
constexpr int moves_of_a_game = events_of_a_game * 30;
constexpr double poisonous = 0.03;
constexpr double failing = 0.1;
constexpr std::size_t most_lost_rows = 6;

}  // namespace

game::game(simulated_file& file, std::uint64_t seed, mutant without, coverage& seen)
    : file_{file}, random_{seed}, without_{without}, seen_{seen} {
    file_.clear();
    begin_epoch();
    restart();
}

bool game::chance(double probability) { return std::uniform_real_distribution<double>{0, 1}(random_) < probability; }

std::size_t game::pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>{0, count - 1}(random_); }

std::int64_t game::number_of(const storage::event_record& record) const { return std::stoll(record.data); }

// Without the block each event is a key of its own.
std::string game::key_of(const storage::event_record& record) const {
    return without_ == mutant::no_key_block ? record.key + "/" + record.data : record.key;
}

void game::begin_epoch() {
    if (without_ == mutant::no_epoch && !epochs_.empty()) return;
    const auto number = epochs_.empty() ? 1 : epochs_.back().epoch + 1;
    epochs_.push_back({number, static_cast<std::int64_t>(log_.size()) + 1});
    // The mark is committed with a sync, and so everything before it.
    if (without_ != mutant::epoch_not_synced) synced_ = log_.size();
}

void game::publish() {
    if (published_ == events_of_a_game) return;
    const auto number = ++published_;
    if (chance(poisonous)) poison_.insert(number);
    changes_.insert(number);
    if (without_ == mutant::dual_write && chance(0.05)) return crash();
    storage::event_record record;
    record.sequence = static_cast<std::int64_t>(log_.size()) + 1;
    record.epoch = epochs_.back().epoch;
    record.id = std::to_string(number);
    record.key = std::to_string(pick(keys));
    record.data = std::to_string(number);
    record.type = "type";
    record.key = key_of(record);
    log_.push_back(std::make_shared<const storage::event_record>(std::move(record)));
}

void game::crash() {
    ++seen_.crashes;
    board_.clear();
    for (const auto& one : running_) board_.emplace(one.item.record->epoch, one.item.record->sequence);
    begin_epoch();
    restart();
}

void game::lose_power_of_log() {
    ++seen_.power_losses;
    const auto least = std::max(synced_, log_.size() - std::min(log_.size(), most_lost_rows));
    const auto kept = least + pick(log_.size() - least + 1);
    for (auto row = kept; row < log_.size(); ++row) {
        lost_.insert(number_of(*log_[row]));
        changes_.erase(number_of(*log_[row]));
    }
    log_.resize(kept);
    if (without_ == mutant::epoch_not_synced)
        std::erase_if(epochs_, [&](const storage::log_epoch& one) {
            return one.epoch > 1 && one.first_sequence > static_cast<std::int64_t>(kept);
        });
    board_.clear();  // nobody says that a page of that file is on the disk
    begin_epoch();
    restart();
}

void game::lose_power_of_notes() {
    ++seen_.power_losses;
    file_.lose_power();
    board_.clear();
    restart();
}

std::vector<storage::log_epoch> game::known_epochs() const { return epochs_; }

// What follower::load() does.
void game::restart() {
    running_.clear();
    (void)window_.drop_waiting();
    window_ = bus::delivery_window{6};
    parked_.clear();
    is_alone_taken_ = false;
    auto progress = file_.read([&](storage::reader& reader) { return notes_.progress(reader); });
    const auto head = static_cast<std::int64_t>(log_.size());
    auto epochs = known_epochs();
    if (!progress) {
        progress.emplace(epochs.back().epoch, 0);
        file_.commit([&](storage::transaction& transaction) { notes_.move(transaction, progress->epoch, 0); });
    }
    if (without_ == mutant::done_without_epoch) {
        for (auto& done : progress->ahead) done.epoch = epochs.back().epoch;
        file_.commit([&](storage::transaction& transaction) {
            transaction.execute("UPDATE done_ahead SET epoch = ?1", epochs.back().epoch);
        });
    }
    if (without_ == mutant::purge_next_epoch_only)
        std::erase_if(epochs, [&](const auto& one) { return one.epoch > progress->epoch + 1; });
    const auto before = progress->sequence + static_cast<std::int64_t>(progress->ahead.size());
    if (storage::correct(*progress, epochs, head)) {
        seen_.phantoms += before - progress->sequence - static_cast<std::int64_t>(progress->ahead.size());
        file_.commit([&](storage::transaction& transaction) { notes_.correct(transaction, *progress, epochs, head); });
    }
    note_crashes(*progress);
    cursor_.begin(*progress);
    for (const auto& line : file_.read([&](storage::reader& reader) { return notes_.parked_lines(reader); }))
        parked_.update(line.key, {now_, line.attempts, line.has_ended_process});
}

// What follower::count_crashes() does.
void game::note_crashes(storage::handler_progress& progress) {
    crashed_.clear();
    for (const auto& [epoch, sequence] : board_) {
        const bool is_done =
            sequence <= progress.sequence ||
            std::ranges::any_of(progress.ahead, [&](const auto& done) { return done.sequence == sequence; });
        if (!is_done) {
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

bool game::scan() {
    const auto next = static_cast<std::size_t>(cursor_.scanned());
    if (next >= log_.size() || !window_.has_room()) return false;
    const auto& record = log_[next];
    const auto step = cursor_.pass(*record, true);
    if (!step.is_to_do) return true;
    bus::work_item item{record, {}, nullptr, step.previous};
    if (crashed_.erase({record->epoch, record->sequence}) > 0)
        item.known = bus::failed_attempt{bus::cause_of_failure::crash, "", ""};
    window_.add(std::move(item));
    return true;
}

bool game::begin() {
    if (running_.size() >= lanes) return false;
    auto item = window_.next();
    if (!item) return false;
    if (without_ == mutant::mark_before_handler && !item->parked)
        file_.commit([&](storage::transaction& transaction) {
            std::ignore = notes_.mark_done(transaction, item->record->epoch, item->record->sequence, item->previous);
        });
    running_.push_back({std::move(*item)});
    return true;
}

bool game::end() {
    if (running_.empty()) return false;
    const auto place = running_.begin() + static_cast<std::ptrdiff_t>(pick(running_.size()));
    const auto one = std::move(*place);
    running_.erase(place);
    finish(one);
    return true;
}

// What follower::attempt() does.
void game::finish(const running& one) {
    const auto& item = one.item;
    if (item.known) {
        ++seen_.crash_attempts;
        fail(item, bus::cause_of_failure::crash);
    } else if (!item.parked && parked_.blocks(item.record->key)) {
        park_behind(item);
    } else if (poison_.contains(number_of(*item.record)) || chance(failing)) {
        fail(item, bus::cause_of_failure::handler);
    } else {
        succeed(item);
    }
}

void game::succeed(const bus::work_item& item) {
    const auto& record = *item.record;
    bool was_done = false;
    const auto note = [&](storage::transaction& transaction) {
        was_done = item.parked ? !notes_.unpark(transaction, item.parked->id)
                               : !notes_.mark_done(transaction, record.epoch, record.sequence, item.previous);
    };
    const auto effect = [&](storage::transaction& transaction) {
        transaction.execute("INSERT INTO effects (number, key, epoch, sequence) VALUES (?1, ?2, ?3, ?4)",
                            number_of(record), record.key.substr(0, 1), record.epoch, record.sequence);
    };
    if (without_ == mutant::effect_then_mark) {
        file_.commit(effect);
        if (chance(0.02)) return crash();
        file_.commit(note);
    } else {
        file_.commit([&](storage::transaction& transaction) {
            note(transaction);
            if (!was_done || without_ == mutant::mark_before_handler) effect(transaction);
        });
    }
    if (was_done) ++seen_.duplicates;
    if (item.parked) read_parked(record.key, true);
    settled(item);
}

void game::fail(const bus::work_item& item, bus::cause_of_failure cause) {
    const auto& record = *item.record;
    auto parked = item.parked.value_or(storage::parked_event{.event = record});
    const auto verdict = bus::judge(cause, ++parked.attempts, schedule_, 0);
    parked.state = verdict.is_dead ? storage::parked_state::dead : storage::parked_state::retrying;
    parked.errors = cause == bus::cause_of_failure::crash ? R"([{"type":"process_ended"}])" : "[]";
    bool was_done = false;
    file_.commit([&](storage::transaction& transaction) {
        if (item.parked) return notes_.update(transaction, parked);
        was_done = !notes_.mark_done(transaction, record.epoch, record.sequence, item.previous) &&
                   without_ != mutant::mark_before_handler;
        if (!was_done) notes_.park(transaction, parked);
    });
    if (was_done) {
        ++seen_.duplicates;
    } else {
        ++(verdict.is_dead ? seen_.dead : seen_.parked);
        if (item.parked || !verdict.is_dead) read_parked(record.key, item.parked.has_value());
    }
    settled(item);
}

void game::park_behind(const bus::work_item& item) {
    const storage::parked_event parked{.event = *item.record};
    bool was_done = false;
    file_.commit([&](storage::transaction& transaction) {
        was_done = !notes_.mark_done(transaction, item.record->epoch, item.record->sequence, item.previous) &&
                   without_ != mutant::mark_before_handler;
        if (!was_done) notes_.park(transaction, parked);
    });
    if (was_done)
        ++seen_.duplicates;
    else
        read_parked(item.record->key, false);
    settled(item);
}

void game::settled(const bus::work_item& item) {
    if (item.is_alone) is_alone_taken_ = false;
    if (!item.parked) cursor_.settle(item.record->sequence);
    window_.finish(item.record->key);
}

// What follower::read_parked() does; time stands still in the table here, so everything is due at once.
void game::read_parked(const std::string& key, bool was_under_way) {
    const auto first = file_.read([&](storage::reader& reader) { return notes_.first_parked(reader, key); });
    if (!first) return parked_.remove(key);
    const bus::parked_head head{now_, first->attempts, first->errors.contains("process_ended")};
    was_under_way ? parked_.put_back(key, head) : parked_.update(key, head);
}

bool game::retry() {
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

void game::pass_time() { now_ += std::chrono::milliseconds{pick(200)}; }

// A row that was handed over before comes once more, as from a ring that speaks twice.
void game::redeliver() {
    if (cursor_.scanned() == 0 || !window_.has_room()) return;
    const auto row = pick(static_cast<std::size_t>(cursor_.scanned()));
    if (row >= log_.size()) return;
    bus::work_item item{log_[row], {}, nullptr, row == 0 ? 0 : static_cast<std::int64_t>(row)};
    if (cursor_.position() > static_cast<std::int64_t>(row)) window_.add(std::move(item));
}

std::set<std::string> game::play() {
    for (int move = 0; move < moves_of_a_game; ++move) {
        const auto dice = std::uniform_real_distribution<double>{0, 1}(random_);
        if (dice < 0.015) {
            crash();
        } else if (dice < 0.02) {
            lose_power_of_log();
        } else if (dice < 0.025) {
            lose_power_of_notes();
        } else if (dice < 0.035) {
            file_.has_unsynced() ? file_.settle() : file_.begin_unsynced();
        } else if (dice < 0.045) {
            redeliver();
        } else if (dice < 0.1) {
            pass_time();
        } else {
            switch (pick(6)) {
                case 0:
                    if (chance(0.25)) publish();
                    break;
                case 1:
                    (void)scan();
                    break;
                case 2:
                    (void)begin();
                    break;
                case 3:
                    (void)retry();
                    break;
                default:
                    (void)end();
            }
        }
    }
    file_.settle();
    for (int idle = 0; idle < 50;) {
        const bool moved =
            static_cast<int>(scan()) + static_cast<int>(begin()) + static_cast<int>(end()) + static_cast<int>(retry()) >
            0;
        idle = moved ? 0 : idle + 1;
        if (!moved) now_ += std::chrono::seconds{1};
    }
    return check();
}

std::set<std::string> game::check() {
    std::set<std::string> broken;
    const auto effects = file_.read([](storage::reader& reader) {
        return reader.query_all<std::int64_t, std::string, std::int64_t, std::int64_t>(
            "SELECT number, key, epoch, sequence FROM effects ORDER BY id");
    });
    const auto dead = file_.read([](storage::reader& reader) {
        return reader.query_all<std::string, std::string>("SELECT data, state FROM parked");
    });
    std::map<std::int64_t, int> done;
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> last;
    for (const auto& [number, key, epoch, sequence] : effects) {
        ++seen_.effects;
        if (++done[number] > 1) broken.insert("doubled");
        if (lost_.contains(number)) continue;
        if (std::pair{epoch, sequence} < last[key]) broken.insert("order");
        last[key] = {epoch, sequence};
    }
    std::set<std::int64_t> dead_numbers;
    for (const auto& [data, state] : dead) {
        if (state != "dead") broken.insert("still parked");
        if (done.contains(std::stoll(data))) broken.insert("dead and done");
        dead_numbers.insert(std::stoll(data));
    }
    std::set<std::int64_t> live;
    for (const auto& record : log_) live.insert(number_of(*record));
    if (live != changes_) broken.insert("change without event");
    for (const auto number : live)
        if (!done.contains(number) && !dead_numbers.contains(number)) broken.insert("lost");
    for (const auto& [number, times] : done)
        if (!live.contains(number) && !lost_.contains(number)) broken.insert("invented");
    if (cursor_.position() != static_cast<std::int64_t>(log_.size())) broken.insert("position");
    return broken;
}

}  // namespace simulation
