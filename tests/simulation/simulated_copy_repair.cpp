#include <algorithm>
#include <utility>

#include "simulated_copy.hpp"

// How the copy of a game finds out what it lacks: what replica_repair.cpp is in the program.
namespace simulation {
namespace {

constexpr std::size_t fetched_at_a_time = 8;

}  // namespace

simulated_copy::question simulated_copy::ask() {
    if (!is_prepared_) prepare();
    return {cursor_, is_missing_ ? fetched_at_a_time : 0};
}

// What replica::apply() does.
void simulated_copy::apply(const answer& part, const bus::replica_cursor& asked_at) {
    const bool is_as_asked = cursor_.is_as(asked_at);
    if (!cursor_.has_epochs(part.epochs)) {
        auto renewed = cursor_;
        const bool has_gone_back = renewed.renew(part.epochs);
        renew_epochs(std::move(renewed), has_gone_back);
    }
    if (is_as_asked && cursor_.held() > part.head) {
        auto renewed = cursor_;
        renewed.go_back(std::min(held_before_.value_or(part.head), part.head));
        end_ = renewed.held();
        renew_epochs(std::move(renewed), true);
        is_missing_ = true;
    }
    std::vector<row> fresh;
    auto next = cursor_.held();
    if (part.first > next + 1 && !part.rows.empty()) next = part.first - 1;
    for (const auto& one : part.rows)
        if (one->sequence == next + 1) {
            next = one->sequence;
            fresh.push_back(one);
        }
    seen_.repaired += static_cast<std::int64_t>(fresh.size());
    append(fresh);
    if (is_missing_ && cursor_.held() >= part.head) is_missing_ = false;
    if (has_stalled(part)) {
        ++seen_.stalls;
        is_missing_ = true;
    }
}

bool simulated_copy::has_stalled(const answer& part) {
    const bool has_come = std::exchange(taken_at_last_answer_, taken_) != taken_;
    const auto sent = std::exchange(sent_at_last_answer_, part.sent);
    return !is_missing_ && !has_come && sent > cursor_.held();
}

// What replica::enlist() does: the handler needs what comes after `position`.
void simulated_copy::enlist(std::int64_t position) {
    const auto first = first_sequence();
    if (position >= cursor_.held() || (first > 0 && first <= position + 1)) return;
    cursor_.go_back(position);
    file_.commit([&](storage::transaction& transaction) {
        rows_.remove_after(transaction, 0);
        rows_.set_held(transaction, position);
    });
    is_missing_ = true;
}

}  // namespace simulation
