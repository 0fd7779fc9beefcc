#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <core/async.hpp>
#include <expected>
#include <memory>
#include <utility>

namespace core {

struct timed_out {};

// Awaits `operation` for at most `limit` of real time. When that is over the operation is cancelled (terminal) and the
// answer is timed_out, but not before the operation has ended: nothing of it runs on behind the caller's back, so an
// operation that ignores cancellation makes the caller wait. What it throws by itself goes through; a result that
// arrives with the limit counts as a result. A cancellation of the caller is passed on to the operation. Loop thread.
template <class T>
awaitable<std::expected<T, timed_out>> with_timeout(std::chrono::nanoseconds limit, awaitable<T> operation) {
    struct shared {
        asio::cancellation_signal cancel;
        bool expired = false;
    };
    // Shared with the timer's handler, which may still be queued when the operation has ended.
    const auto state = std::make_shared<shared>();
    const auto executor = co_await asio::this_coro::executor;
    steady_timer timer{executor, limit};
    timer.async_wait([state](boost::system::error_code error) {
        if (error) return;
        state->expired = true;
        state->cancel.emit(asio::cancellation_type::terminal);
    });
    auto parent = (co_await asio::this_coro::cancellation_state).slot();
    if (parent.is_connected()) parent.assign([state](asio::cancellation_type type) { state->cancel.emit(type); });
    try {
        if constexpr (std::is_void_v<T>) {
            co_await asio::co_spawn(executor, std::move(operation),
                                    asio::bind_cancellation_slot(state->cancel.slot(), use_awaitable));
            parent.clear();
            co_return std::expected<T, timed_out>{};
        } else {
            auto value = co_await asio::co_spawn(executor, std::move(operation),
                                                 asio::bind_cancellation_slot(state->cancel.slot(), use_awaitable));
            parent.clear();
            co_return std::expected<T, timed_out>{std::move(value)};
        }
    } catch (const boost::system::system_error& failure) {
        parent.clear();
        if (!state->expired || failure.code() != asio::error::operation_aborted) throw;
    } catch (...) {
        parent.clear();
        throw;
    }
    co_return std::unexpected{timed_out{}};
}

}  // namespace core
