#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/intrusive/set_hook.hpp>
#include <chrono>
#include <core/async.hpp>

namespace core {

class deadlines;

// Cancels (terminal) what has taken for longer than `limit` of real time, by a signal that outlives this.
//
// All deadlines of a loop share one timer: nearly everything is done long before it is due, and a timer of its own, set
// and cancelled each time, costs more than a small request. Loop thread.
class deadline : public boost::intrusive::set_base_hook<> {
public:
    deadline(executor executor, std::chrono::nanoseconds limit, asio::cancellation_signal& signal);
    deadline(const deadline&) = delete;
    deadline& operator=(const deadline&) = delete;
    ~deadline();

    [[nodiscard]] bool is_over() const noexcept { return is_over_; }

    friend bool operator<(const deadline& left, const deadline& right) noexcept { return left.time_ < right.time_; }

private:
    friend class deadlines;

    std::chrono::steady_clock::time_point time_;
    asio::cancellation_signal& signal_;
    deadlines& all_;
    bool is_over_ = false;
};

}  // namespace core
