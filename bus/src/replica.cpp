#include "replica.hpp"

#include <algorithm>
#include <core/test_point.hpp>

#include "replica_turn.hpp"

namespace bus {

// Nothing of the readers runs while it lives.
class replica::halted_readers {
public:
    explicit halted_readers(const std::vector<follower*>& readers) : readers_{readers} {}
    halted_readers(const halted_readers&) = delete;
    halted_readers& operator=(const halted_readers&) = delete;
    ~halted_readers() {
        for (auto* reader : readers_) reader->resume();
    }

    // False when they are stopped before.
    core::awaitable<bool> halt() {
        for (auto* reader : readers_)
            if (!co_await reader->halt()) co_return false;
        co_return true;
    }

private:
    const std::vector<follower*>& readers_;
};

replica::replica(const core::runtime& runtime, storage::database& own, endpoint& door, std::string log,
                 std::int64_t room)
    : copied_log{own, std::move(log)},
      runtime_{runtime},
      door_{door},
      log_{runtime.log_for(own.name())},
      room_{room},
      cursor_{{}, 0},
      work_{runtime.loop},
      room_made_{runtime.loop},
      written_{runtime.loop, core::steady_timer::time_point::max()},
      answered_{runtime.loop, core::steady_timer::time_point::max()} {}

// The copy begins where the slowest handler stands. It may have stood elsewhere when the copy was made: handlers went
// on with the source's own file meanwhile, or a new one wants events from before it.
void replica::begin(const std::vector<const event_handler*>& handlers) {
    const auto held = own_.read([this](storage::reader& reader) { return rows_.held(reader); });
    const auto first = first_sequence();
    held_before_ = held;
    std::optional<std::int64_t> needed;
    std::int64_t epoch = 0;
    for (const auto* handler : handlers) {
        const auto progress = own_.read(
            [&](storage::reader& reader) { return storage::delivery_notes{handler->name, name()}.progress(reader); });
        if (!progress && handler->from == start_from::now) continue;
        const auto position = progress ? progress->sequence : 0;
        if (needed && *needed < position) continue;
        const auto noted = progress ? progress->epoch : 0;
        epoch = needed == position ? std::min(epoch, noted) : noted;
        needed = position;
    }
    starts_at_newest_ = !needed && !held;
    const auto from = needed.value_or(held.value_or(0));
    const bool is_usable = held && *held >= from && (first == 0 ? *held == from : first <= from + 1);
    is_prepared_ = is_usable;
    // A copy that begins anew knows no epochs but that of the place, which a handler noted.
    cursor_ = {{}, from, epoch};
    if (is_usable)
        cursor_ = {own_.read([this](storage::reader& reader) { return rows_.epochs(reader); }), *held, epoch};
}

// Within a turn.
core::awaitable<void> replica::prepare() {
    co_await own_.write({}, [this](storage::transaction& transaction) {
        rows_.remove_after(transaction, 0);
        rows_.set_epochs(transaction, cursor_.epochs());
        rows_.set_held(transaction, cursor_.held());
    });
    is_prepared_ = true;
}

core::awaitable<void> replica::take(std::vector<received_event> events) {
    while (is_full()) {
        is_held_up_ = true;
        co_await room_made_.wait();
    }
    co_await turn::come(*this);
    const turn turn{*this};
    if (starts_at_newest_) co_return work_.notify();  // where that is, only the source knows
    if (!is_prepared_) co_await prepare();
    taken_ += static_cast<std::int64_t>(events.size());
    is_held_up_ = false;
    std::vector<storage::committed_event> fresh;
    auto next = cursor_;
    for (auto& event : events) {
        const replica_cursor::place place{event.record->epoch, event.first_of_epoch, event.record->sequence};
        auto meaning = next.judge(place);
        if (meaning == replica_cursor::meaning::new_epoch) {
            co_await append(std::exchange(fresh, {}));
            auto renewed = cursor_;
            const bool has_gone_back = renewed.begin_epoch(place);
            co_await renew_epochs(std::move(renewed), has_gone_back);
            next = cursor_;
            meaning = next.judge(place);
        }
        if (meaning == replica_cursor::meaning::next) {
            next.take(place.sequence);
            fresh.push_back({std::move(event.record), {}});
        } else if (meaning == replica_cursor::meaning::missing) {
            note_missing(event);
        }
    }
    co_await append(std::move(fresh));
}

core::awaitable<void> replica::append(std::vector<storage::committed_event> fresh) {
    if (fresh.empty()) co_return;
    const auto held = fresh.back().record->sequence;
    co_await own_.write({}, [&](storage::transaction& transaction) {
        core::test_point("before replica commit");
        for (const auto& event : fresh) rows_.append(transaction, *event.record);
        rows_.set_held(transaction, held);
    });
    core::test_point("after replica commit");
    cursor_.take(held);
    ring(fresh);
}

// When events that were copied never happened, nothing may run while they are taken back.
core::awaitable<void> replica::renew_epochs(replica_cursor renewed, bool has_gone_back) {
    std::optional<halted_readers> halted;
    if (has_gone_back)
        log_.error("a log has gone back; its copy goes on from there",
                   {{"log", name()}, {"was", cursor_.held()}, {"is", renewed.held()}});
    // A handler that was ahead of the others when the copy began may have done what never happened, too; and one that
    // looks for its place may have asked for the epochs before.
    const bool is_one_ahead = std::ranges::any_of(
        readers_, [&](const follower* reader) { return reader->position().value_or(unknown) > renewed.held(); });
    if ((has_gone_back || is_one_ahead) && !co_await halted.emplace(readers_).halt()) co_return;
    co_await own_.write({}, [&](storage::transaction& transaction) {
        rows_.set_epochs(transaction, renewed.epochs());
        if (!has_gone_back) return;
        rows_.remove_after(transaction, renewed.held());
        rows_.set_held(transaction, renewed.held());
    });
    cursor_ = std::move(renewed);
}

void replica::note_missing(const received_event& event) {
    if (!std::exchange(is_missing_, true))
        log_.warning("events of a log did not arrive and are fetched from their source",
                     {{"log", name()}, {"after", cursor_.held()}, {"before", event.record->sequence}});
    work_.notify();
}

bool replica::is_full() { return cursor_.held() - slowest().value_or(cursor_.held()) > room_; }

void replica::tick() { room_made_.notify(); }

core::awaitable<std::int64_t> replica::newest() {
    while (!source_head_) co_await wait_for_cancellation(answered_);
    co_return *source_head_;
}

core::awaitable<void> replica::enlist(std::string, std::string, std::int64_t position) { return reach_back(position); }

core::awaitable<void> replica::note_place(core::origin, std::string, std::string, std::int64_t position) {
    return reach_back(position);
}

}  // namespace bus
