#include <algorithm>

#include "delivery_rows.hpp"
#include "sender.hpp"

// When a worker rests, and what wakes it.
namespace email {
namespace {

// An alarm further ahead is set again: the wall clock, by which attempts are due, may be set meanwhile.
constexpr std::chrono::seconds longest_alarm{60};

}  // namespace

void sender::wake() {
    ++wakes_;
    ring_one();
}

bool sender::can_begin() const { return !stopping_ && !is_one_early_ && !breaker_.is_open() && !resting_.empty(); }

sender::worker& sender::begin(early_mail mail) {
    is_one_early_ = true;
    auto& chosen = *resting_.back();
    resting_.pop_back();
    chosen.early.emplace(std::move(mail));
    chosen.bell.notify();
    return chosen;
}

void sender::settled(worker& busy) {
    is_one_early_ = false;
    busy.settled.notify();
}

bool sender::has_due() {
    return context_.database.read(
        [this](storage::reader& reader) { return delivery_rows::has_due(reader, name_, context_.runtime.time.now()); });
}

core::awaitable<void> sender::rest(worker& self) {
    const auto now = context_.runtime.time.monotonic();
    if (breaker_.is_open()) {
        // While a probe is under way there is nothing to wait for but its worker, which goes on by itself.
        if (!breaker_.is_probing()) ring_at(breaker_.next_probe());
    } else if (const auto next = context_.database.read(
                   [this](storage::reader& reader) { return delivery_rows::next_due(reader, name_); })) {
        ring_at(now + std::min<std::chrono::milliseconds>(*next - context_.runtime.time.now(), longest_alarm));
    }
    resting_.push_back(&self);
    co_await self.bell.wait();
}

void sender::ring_one() {
    if (resting_.empty()) return;
    // The one that has rested for the shortest time: its connection is the least likely to have been closed by the
    // server.
    resting_.back()->bell.notify();
    resting_.pop_back();
}

void sender::ring_all() {
    while (!resting_.empty()) ring_one();
}

void sender::ring_at(core::monotonic_time time) {
    if (next_alarm_ && *next_alarm_ <= time) return;
    next_alarm_ = time;
    alarms_.spawn("mail alarm", alarm(time));
}

core::awaitable<void> sender::alarm(core::monotonic_time time) {
    co_await context_.runtime.time.sleep_until(time);
    if (next_alarm_ == time) next_alarm_.reset();
    wake();
}

}  // namespace email
