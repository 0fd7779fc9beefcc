#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>

namespace bus::amqp {

// Decides which event of a log is published next and how far all are with the broker. Confirmations may come in any
// order; the position moves over contiguous ones only. No I/O, no clock.
class send_window {
public:
    send_window(std::size_t size, std::int64_t position) : size_{size}, position_{position}, next_{position + 1} {}

    [[nodiscard]] std::size_t room() const noexcept {
        const auto used = static_cast<std::size_t>(next_ - position_ - 1);
        return used < size_ ? size_ - used : 0;
    }
    [[nodiscard]] std::int64_t next() const noexcept { return next_; }
    // Everything up to here is with the broker.
    [[nodiscard]] std::int64_t position() const noexcept { return position_; }
    [[nodiscard]] std::int64_t in_flight() const noexcept { return next_ - position_ - 1; }

    void sent(std::int64_t sequence) { next_ = std::max(next_, sequence + 1); }
    // Also one that was sent before go_back(): the broker has it all the same.
    void confirm(std::int64_t sequence) {
        if (sequence <= position_) return;
        confirmed_.insert(sequence);
        while (!confirmed_.empty() && *confirmed_.begin() == position_ + 1) {
            ++position_;
            confirmed_.erase(confirmed_.begin());
        }
        next_ = std::max(next_, position_ + 1);
    }
    // What is not confirmed is sent again, in order: after a lost connection, a refusal, or what no queue took.
    void go_back() {
        confirmed_.clear();
        next_ = position_ + 1;
    }

private:
    std::size_t size_;
    std::int64_t position_;
    std::int64_t next_;
    std::set<std::int64_t> confirmed_;  // beyond the position
};

}  // namespace bus::amqp
