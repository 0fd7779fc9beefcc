#include <algorithm>

#include "replica_turn.hpp"

// How a copy finds out what it lacks, and gets it from the source.
namespace bus {
namespace {

constexpr auto poll_interval = std::chrono::seconds{2};
constexpr auto answer_limit = std::chrono::seconds{5};
constexpr auto pause_while_nothing_is_wanted = std::chrono::milliseconds{250};
constexpr auto pause_after_failure = std::chrono::milliseconds{500};
constexpr std::int64_t fetched_at_a_time = 500;

storage::event_record record_of(log_row row) {
    return {row.sequence,       row.epoch, std::move(row.id),          std::move(row.type),  row.version,
            std::move(row.key), row.time,  std::move(row.traceparent), std::move(row.cause), std::move(row.data)};
}

}  // namespace

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
        if (is_standby() || (is_missing_ && is_full())) {
            pause = pause_while_nothing_is_wanted;
            continue;
        }
        const auto before = cursor_;
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
            pause = cursor_.held() != before.held() || !wants_rows ? std::chrono::nanoseconds{0} : pause_after_failure;
    }
}

core::awaitable<void> replica::apply(log_part part, replica_cursor asked_at) {
    co_await turn::come(*this);
    const turn turn{*this};
    // An answer says nothing of what came after it was given.
    const bool is_as_asked = cursor_.is_as(asked_at);
    std::vector<storage::log_epoch> epochs;
    for (const auto& one : part.epochs) epochs.push_back({one.epoch, one.first_sequence});
    if (!cursor_.has_epochs(epochs)) {
        auto renewed = cursor_;
        const bool has_gone_back = renewed.renew(std::move(epochs));
        co_await renew_epochs(std::move(renewed), has_gone_back);
    }
    source_head_ = part.head;
    answered_.cancel();
    if (!starts_at_newest_ && is_as_asked && cursor_.held() > part.head) {
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
    std::vector<storage::committed_event> fresh;
    auto next = cursor_.held();
    // What the source has removed is gone for good; nobody needed it when it was.
    if (part.first > next + 1 && !part.rows.empty()) next = part.first - 1;
    for (auto& row : part.rows)
        if (row.sequence == next + 1) {
            next = row.sequence;
            fresh.push_back({std::make_shared<const storage::event_record>(record_of(std::move(row))), {}});
        }
    co_await append(std::move(fresh));
    if (is_missing_ && cursor_.held() >= part.head) is_missing_ = false;
    if (has_stalled(part)) {
        is_missing_ = true;
        log_.warning("the broker has lost events of a log; they are fetched from their source",
                     {{"log", name()}, {"after", cursor_.held()}, {"sent", part.sent}});
    }
}

// The broker was given events at the time of the last answer, and has brought nothing since.
bool replica::has_stalled(const log_part& part) {
    const bool has_come = std::exchange(taken_at_last_answer_, taken_) != taken_;
    const auto sent = std::exchange(sent_at_last_answer_, part.sent);
    return !is_missing_ && !has_come && !is_held_up_ && sent > cursor_.held();
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

}  // namespace bus
