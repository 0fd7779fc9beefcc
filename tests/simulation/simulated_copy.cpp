#include "simulated_copy.hpp"

#include <algorithm>
#include <utility>

namespace simulation {
namespace {

constexpr std::int64_t room = 12;
constexpr double deadly = 0.003;

}  // namespace

using meaning = bus::replica_cursor::meaning;

simulated_copy::simulated_copy(simulated_file& file, dice& dice, mutant without, outside_coverage& seen)
    : file_{file}, dice_{dice}, without_{without}, seen_{seen} {}

// What replica::begin() does, with a process that has nothing in memory yet.
void simulated_copy::begin() {
    is_missing_ = false;
    taken_ = taken_at_last_answer_ = sent_at_last_answer_ = 0;
    end_.reset();
    const auto held = file_.read([this](storage::reader& reader) { return rows_.held(reader); });
    const auto progress = file_.read([this](storage::reader& reader) { return notes_.progress(reader); });
    const auto first = first_sequence();
    held_before_ = held;
    const auto from = progress ? progress->sequence : 0;
    const auto epoch = progress ? progress->epoch : 0;
    is_prepared_ = held && *held >= from && (first == 0 ? *held == from : first <= from + 1);
    cursor_ = {{}, from, epoch};
    if (is_prepared_)
        cursor_ = {file_.read([this](storage::reader& reader) { return rows_.epochs(reader); }), *held, epoch};
}

void simulated_copy::prepare() {
    file_.commit([this](storage::transaction& transaction) {
        rows_.remove_after(transaction, 0);
        rows_.set_epochs(transaction, cursor_.epochs());
        rows_.set_held(transaction, cursor_.held());
    });
    is_prepared_ = true;
}

bool simulated_copy::has_room() const {
    return cursor_.held() - std::min(cursor_.held(), reader_->position().value_or(cursor_.held())) <= room;
}

// What replica::take() does.
void simulated_copy::take(const std::vector<broker_message>& messages) {
    if (!is_prepared_) prepare();
    taken_ += static_cast<std::int64_t>(messages.size());
    std::vector<row> fresh;
    auto next = cursor_;
    for (const auto& [record, first_of_epoch] : messages) {
        const bus::replica_cursor::place place{record->epoch, first_of_epoch, record->sequence};
        if (next.judge(place) == meaning::new_epoch) {
            append(std::exchange(fresh, {}));
            auto renewed = cursor_;
            const bool has_gone_back = renewed.begin_epoch(place);
            renew_epochs(std::move(renewed), has_gone_back);
            next = cursor_;
        }
        if (meaning_of(next, place) != meaning::next) continue;
        next.take(place.sequence);
        fresh.push_back(record);
    }
    append(fresh);
}

meaning simulated_copy::meaning_of(const bus::replica_cursor& next, const bus::replica_cursor::place& place) {
    const auto meaning = next.judge(place);
    if (meaning == meaning::known) ++seen_.duplicates;
    if (meaning == meaning::past) ++seen_.past;
    if (meaning != meaning::missing) return meaning;
    if (without_ == mutant::gap_taken && place.sequence > next.held()) return meaning::next;
    if (!std::exchange(is_missing_, true)) ++seen_.gaps;
    return meaning;
}

void simulated_copy::append(const std::vector<row>& fresh) {
    if (fresh.empty()) return;
    dice_.may_die(deadly);
    file_.commit([&](storage::transaction& transaction) {
        for (const auto& record : fresh) rows_.append(transaction, *record);
        rows_.set_held(transaction, fresh.back()->sequence);
    });
    dice_.may_die(deadly);
    cursor_.take(fresh.back()->sequence);
}

// When events that were copied never happened, nothing may run while they are taken back.
void simulated_copy::renew_epochs(bus::replica_cursor renewed, bool has_gone_back) {
    ++seen_.epoch_switches;
    if (has_gone_back) seen_.taken_back += cursor_.held() - renewed.held();
    const bool is_one_ahead = reader_->position().value_or(std::numeric_limits<std::int64_t>::max()) > renewed.held();
    if (reader_->position().value_or(0) > renewed.held()) ++seen_.taken_back_done;
    const bool is_told = (has_gone_back || is_one_ahead) && without_ != mutant::reader_not_told;
    if (is_told) reader_->halt();
    dice_.may_die(deadly);
    file_.commit([&](storage::transaction& transaction) {
        rows_.set_epochs(transaction, renewed.epochs());
        if (!has_gone_back) return;
        rows_.remove_after(transaction, renewed.held());
        rows_.set_held(transaction, renewed.held());
    });
    dice_.may_die(deadly);
    cursor_ = std::move(renewed);
    if (is_told) reader_->resume();
}

// What copied_log::forget_old() does; every row is old.
void simulated_copy::forget_old() {
    const auto position = reader_->position();
    if (!position) return;
    const auto up_to = std::min(*position, head());
    file_.commit([&](storage::transaction& transaction) {
        seen_.forgotten += rows_.forget(transaction, up_to, core::timestamp::max(), 500);
    });
}

std::int64_t simulated_copy::end() const {
    return end_ ? std::max(*end_, cursor_.held()) : std::numeric_limits<std::int64_t>::max();
}

std::vector<row> simulated_copy::rows_after(std::int64_t sequence, std::size_t most) {
    std::vector<row> rows;
    for (auto& record : file_.read([&](storage::reader& reader) { return rows_.events_after(reader, sequence, most); }))
        rows.push_back(std::make_shared<const storage::event_record>(std::move(record)));
    return rows;
}

std::int64_t simulated_copy::first_sequence() {
    return file_.read([this](storage::reader& reader) { return rows_.first_sequence(reader); });
}

bool simulated_copy::equals(const simulated_source& source) {
    auto expected = std::max<std::int64_t>(first_sequence(), 1);
    for (const auto& copied : rows_after(0, 1000)) {
        if (copied->sequence != expected++ || copied->sequence > source.head()) return false;
        const auto& original = *source.log()[static_cast<std::size_t>(copied->sequence - 1)];
        if (copied->epoch != original.epoch || copied->id != original.id || copied->key != original.key) return false;
    }
    const bool is_whole = first_sequence() == 0 || expected == source.head() + 1;
    return is_whole && head() == source.head() && cursor_.has_epochs(source.epochs());
}

}  // namespace simulation
