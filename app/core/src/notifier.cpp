#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <core/notifier.hpp>

namespace core {

notifier::notifier(executor executor) : executor_{executor}, state_{std::make_shared<state>(executor)} {}

void notifier::notify() {
    // Already notified: whoever takes that note looks at everything that came before this call.
    if (state_->notified.load()) return;
    state_->notified.store(true);
    // Only the one who takes the flag posts, so that a flood of notifications is one wake-up.
    if (!state_->waiting.exchange(false)) return;
    // By way of the loop: a cancel before the wait has begun would be lost.
    asio::post(executor_, [state = state_] { state->timer.cancel(); });
}

awaitable<void> notifier::wait() {
    const auto state = state_;
    while (!state->notified.exchange(false)) {
        state->waiting.store(true);
        if (state->notified.exchange(false)) {
            state->waiting.store(false);
            break;
        }
        state->timer.expires_at(steady_timer::time_point::max());
        boost::system::error_code ignored;
        co_await state->timer.async_wait(asio::redirect_error(use_awaitable, ignored));
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none) {
            state->waiting.store(false);
            throw boost::system::system_error{asio::error::operation_aborted};
        }
    }
}

awaitable<void> notifier::wait_until(clock& clock, monotonic_time time) {
    using namespace asio::experimental::awaitable_operators;
    // Neither side has a result to lose, so it does not matter which of two that are ready is taken.
    std::exception_ptr failure;
    try {
        co_await (wait() || clock.sleep_until(time));
    } catch (...) {
        failure = std::current_exception();
    }
    // With both sides cancelled the operator throws an exception of its own.
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error{asio::error::operation_aborted};
    if (failure) std::rethrow_exception(failure);
}

}  // namespace core
