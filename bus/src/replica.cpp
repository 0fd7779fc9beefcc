#include "replica.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <core/test_point.hpp>

namespace bus {
namespace {

constexpr auto poll_interval = std::chrono::seconds{2};
constexpr auto answer_limit = std::chrono::seconds{5};
constexpr auto pause_while_standby = std::chrono::milliseconds{250};
constexpr auto pause_after_failure = std::chrono::milliseconds{500};
constexpr std::int64_t fetched_at_a_time = 500;

core::awaitable<void> wait_for_cancellation(core::steady_timer& timer) {
    boost::system::error_code is_over;
    co_await timer.async_wait(core::asio::redirect_error(core::use_awaitable, is_over));
}

storage::event_record record_of(log_row row) {
    return {row.sequence,       row.epoch, std::move(row.id),          std::move(row.type),  row.version,
            std::move(row.key), row.time,  std::move(row.traceparent), std::move(row.cause), std::move(row.data)};
}

}  // namespace

// What the broker brings and what was fetched are written one after the other.
class replica::turn {
public:
    explicit turn(replica& owner) : owner_{owner} { owner_.is_writing_ = true; }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn() {
        owner_.is_writing_ = false;
        owner_.written_.cancel();
    }

    static core::awaitable<void> come(replica& owner) {
        while (owner.is_writing_) co_await wait_for_cancellation(owner.written_);
    }

private:
    replica& owner_;
};

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
    while (cursor_.held() - slowest().value_or(cursor_.held()) > room_) co_await room_made_.wait();
    co_await turn::come(*this);
    const turn turn{*this};
    if (starts_at_newest_) co_return work_.notify();  // where that is, only the source knows
    if (!is_prepared_) co_await prepare();
    taken_ += static_cast<std::int64_t>(events.size());
    std::vector<storage::event_record> fresh;
    auto next = cursor_;
    for (auto& event : events) {
        const replica_cursor::place place{event.record.epoch, event.first_of_epoch, event.record.sequence};
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
            fresh.push_back(std::move(event.record));
        } else if (meaning == replica_cursor::meaning::missing) {
            note_missing(event);
        }
    }
    co_await append(std::move(fresh));
}

core::awaitable<void> replica::append(std::vector<storage::event_record> fresh) {
    if (fresh.empty()) co_return;
    const auto held = fresh.back().sequence;
    co_await own_.write({}, [&](storage::transaction& transaction) {
        core::test_point("before replica commit");
        for (const auto& record : fresh) rows_.append(transaction, record);
        rows_.set_held(transaction, held);
    });
    core::test_point("after replica commit");
    cursor_.take(held);
    std::vector<storage::committed_event> committed;
    committed.reserve(fresh.size());
    for (auto& record : fresh)
        committed.push_back({std::make_shared<const storage::event_record>(std::move(record)), {}});
    ring(committed);
}

// When events that were copied never happened, nothing may run while they are taken back.
core::awaitable<void> replica::renew_epochs(replica_cursor renewed, bool has_gone_back) {
    std::optional<halted_readers> halted;
    if (has_gone_back)
        log_.error("a log has gone back; its copy goes on from there",
                   {{"log", name()}, {"was", cursor_.held()}, {"is", renewed.held()}});
    // A handler that was ahead of the others when the copy began may have done what never happened, too.
    const bool is_one_ahead = std::ranges::any_of(
        readers_, [&](const follower* reader) { return reader->position().value_or(0) > renewed.held(); });
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
    if (!std::exchange(is_missing_, true)) {
        ++gaps_;
        log_.warning("events of a log did not arrive and are fetched from their source",
                     {{"log", name()}, {"after", cursor_.held()}, {"before", event.record.sequence}});
    }
    work_.notify();
}

core::awaitable<void> replica::keep_up(std::function<bool()> is_standby) {
    {
        co_await turn::come(*this);
        const turn turn{*this};
        if (!is_prepared_) co_await prepare();
    }
    auto pause = std::chrono::nanoseconds{0};
    while (true) {
        co_await work_.wait_until(runtime_.time, runtime_.time.monotonic() + pause);
        pause = poll_interval;
        if (is_standby()) {
            pause = pause_while_standby;
            continue;
        }
        const auto before = cursor_.held();
        const bool wants_rows = is_missing_;
        auto answer = co_await door_.request_of(name(),
                                                get_log{.follower = own_.name(),
                                                        .held = cursor_.held(),
                                                        .after = cursor_.held(),
                                                        .size = wants_rows ? fetched_at_a_time : 0},
                                                {.deadline = runtime_.time.monotonic() + answer_limit});
        if (!answer) {
            if (is_missing_) pause = pause_after_failure;
            continue;
        }
        co_await apply(std::move(*answer), before);
        if (is_missing_)
            pause = cursor_.held() != before || !wants_rows ? std::chrono::nanoseconds{0} : pause_after_failure;
    }
}

core::awaitable<void> replica::apply(log_part part, std::int64_t asked_at) {
    co_await turn::come(*this);
    const turn turn{*this};
    std::vector<storage::log_epoch> epochs;
    for (const auto& one : part.epochs) epochs.push_back({one.epoch, one.first_sequence});
    if (!cursor_.has_epochs(epochs)) {
        auto renewed = cursor_;
        const bool has_gone_back = renewed.renew(std::move(epochs));
        co_await renew_epochs(std::move(renewed), has_gone_back);
    }
    source_head_ = part.head;
    answered_.cancel();
    if (!starts_at_newest_ && asked_at > part.head && cursor_.held() == asked_at) {
        // A place that no event ever had: the notes are of another log.
        auto renewed = cursor_;
        renewed.go_back(std::min(held_before_.value_or(part.head), part.head));
        end_ = renewed.held();
        co_await renew_epochs(std::move(renewed), true);
        is_missing_ = true;
    }
    if (std::exchange(starts_at_newest_, false)) {
        cursor_.go_back(part.head);
        co_await own_.write({},
                            [&](storage::transaction& transaction) { rows_.set_held(transaction, cursor_.held()); });
        is_missing_ = false;
        co_return;
    }
    std::vector<storage::event_record> fresh;
    auto next = cursor_.held();
    // What the source has removed is gone for good; nobody needed it when it was.
    if (part.first > next + 1 && !part.rows.empty()) next = part.first - 1;
    for (auto& row : part.rows)
        if (row.sequence == next + 1) {
            next = row.sequence;
            fresh.push_back(record_of(std::move(row)));
        }
    co_await append(std::move(fresh));
    if (is_missing_ && cursor_.held() >= part.head) is_missing_ = false;
    if (has_stalled(part)) {
        is_missing_ = true;
        ++gaps_;
        log_.warning("the broker has lost events of a log; they are fetched from their source",
                     {{"log", name()}, {"after", cursor_.held()}, {"sent", part.sent}});
    }
}

// The broker was given events at the time of the last answer, and has brought nothing since.
bool replica::has_stalled(const log_part& part) {
    const bool has_come = std::exchange(taken_at_last_answer_, taken_) != taken_;
    const auto sent = std::exchange(sent_at_last_answer_, part.sent);
    return !is_missing_ && !has_come && sent > cursor_.held();
}

core::awaitable<void> replica::reach_back(std::int64_t position) {
    co_await turn::come(*this);
    const auto first = first_sequence();
    if (position >= cursor_.held() || (first > 0 && first <= position + 1)) co_return;
    const turn turn{*this};
    cursor_.go_back(position);
    co_await own_.write({}, [&](storage::transaction& transaction) {
        rows_.remove_after(transaction, 0);
        rows_.set_held(transaction, position);
    });
    is_missing_ = true;
    work_.notify();
}

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
