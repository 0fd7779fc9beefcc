#pragma once

#include <core/notifier.hpp>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace core {

// A bounded queue from any thread to one coroutine of the loop.
//
// Waiting and taking are apart: wait() consumes nothing, take() is synchronous. So a wait that is raced with a timer or
// cancelled loses no element (Boost 1.81's experimental channel does), and a batch costs one lock.
template <class T>
class channel {
public:
    // `capacity`: the most elements it holds; at least 1.
    channel(executor executor, std::size_t capacity) : capacity_{capacity}, notifier_{executor} {}

    // Any thread. False when full or closed; `element` is then untouched.
    [[nodiscard]] bool try_push(T& element) {
        {
            const std::lock_guard lock{mutex_};
            if (closed_ || elements_.size() >= capacity_) return false;
            elements_.push_back(std::move(element));
        }
        notifier_.notify();
        return true;
    }
    [[nodiscard]] bool try_push(T&& element) { return try_push(element); }

    // Any thread. Makes room by dropping the oldest; returns how many were dropped (a closed channel drops the new
    // one).
    std::size_t push_dropping_oldest(T element) {
        std::size_t dropped = 0;
        {
            const std::lock_guard lock{mutex_};
            if (closed_) return 1;
            while (elements_.size() >= capacity_) {
                elements_.pop_front();
                ++dropped;
            }
            elements_.push_back(std::move(element));
        }
        notifier_.notify();
        return dropped;
    }

    // Loop thread, one waiter. True once there is something to take; false when closed and empty.
    awaitable<bool> wait() {
        while (true) {
            {
                const std::lock_guard lock{mutex_};
                if (!elements_.empty()) co_return true;
                if (closed_) co_return false;
            }
            co_await notifier_.wait();
        }
    }

    // Loop thread. Moves up to `most` elements to the end of `out`; returns how many.
    std::size_t take(std::vector<T>& out, std::size_t most) {
        const std::lock_guard lock{mutex_};
        std::size_t count = 0;
        for (; count < most && !elements_.empty(); ++count) {
            out.push_back(std::move(elements_.front()));
            elements_.pop_front();
        }
        return count;
    }

    [[nodiscard]] std::optional<T> try_take() {
        const std::lock_guard lock{mutex_};
        if (elements_.empty()) return std::nullopt;
        std::optional<T> element{std::move(elements_.front())};
        elements_.pop_front();
        return element;
    }

    // Any thread. Nothing more goes in; what is inside can still be taken.
    void close() {
        {
            const std::lock_guard lock{mutex_};
            closed_ = true;
        }
        notifier_.notify();
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock{mutex_};
        return elements_.size();
    }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

private:
    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::deque<T> elements_;
    bool closed_ = false;
    notifier notifier_;
};

}  // namespace core
