#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <core/async.hpp>
#include <core/deadline.hpp>
#include <expected>
#include <type_traits>
#include <utility>

namespace core {

struct timed_out {};

namespace detail {

struct clear_at_end {
    asio::cancellation_slot slot;
    explicit clear_at_end(asio::cancellation_slot to_clear) : slot{to_clear} {}
    clear_at_end(const clear_at_end&) = delete;
    clear_at_end& operator=(const clear_at_end&) = delete;
    ~clear_at_end() { slot.clear(); }
};

}  // namespace detail

// Awaits `operation` for at most `limit` of real time. When that is over the operation is cancelled (terminal) and the
// answer is timed_out, but not before the operation has ended: nothing of it runs on behind the caller's back, so an
// operation that ignores cancellation makes the caller wait. What it throws by itself goes through; a result that
// arrives with the limit counts as a result. A cancellation of the caller is passed on to the operation. Loop thread.
template <class T>
awaitable<std::expected<T, timed_out>> with_timeout(std::chrono::nanoseconds limit, awaitable<T> operation) {
    const auto executor = co_await asio::this_coro::executor;
    asio::cancellation_signal cancel;
    const deadline deadline{executor, limit, cancel};
    auto parent = (co_await asio::this_coro::cancellation_state).slot();
    if (parent.is_connected()) parent.assign([&cancel](asio::cancellation_type type) { cancel.emit(type); });
    const detail::clear_at_end clear{parent};
    try {
        auto running =
            asio::co_spawn(executor, std::move(operation), asio::bind_cancellation_slot(cancel.slot(), use_awaitable));
        if constexpr (std::is_void_v<T>) {
            co_await std::move(running);
            co_return std::expected<T, timed_out>{};
        } else {
            co_return std::expected<T, timed_out>{co_await std::move(running)};
        }
    } catch (const boost::system::system_error& failure) {
        if (!deadline.is_over() || failure.code() != asio::error::operation_aborted) throw;
    }
    co_return std::unexpected{timed_out{}};
}

}  // namespace core
