#pragma once

#include <boost/asio/async_result.hpp>
#include <condition_variable>
#include <core/async.hpp>
#include <cstddef>
#include <deque>
#include <exception>
#include <expected>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace core {

struct pool_full {};

struct offload_settings {
    std::string name;         // of its threads, at most 15 characters
    std::size_t threads = 1;  //
    std::size_t queue = 64;   // waiting calls; one more is refused
    int niceness = 0;         // added to the priority of the threads: 10 lets the event loop go first
};

// Threads for work that blocks or computes for long: password hashes, SMTP, files. Bounded: who comes when the queue is
// full is told so.
//
// run() is for the loop thread. Cancellation is ignored once the work is queued: it runs to its end, and the caller
// with it. stop() refuses new work, lets the queued end and joins the threads; it must come before the loop is
// destroyed.
class offload_pool {
public:
    offload_pool(executor executor, const offload_settings& settings);
    offload_pool(const offload_pool&) = delete;
    offload_pool& operator=(const offload_pool&) = delete;
    ~offload_pool();

    // Calls `work` on a thread of the pool and returns what it returns, or rethrows what it throws, on the loop.
    template <class Work>
    awaitable<std::expected<std::invoke_result_t<Work&>, pool_full>> run(Work work) {
        using value = std::invoke_result_t<Work&>;
        job<Work> job{std::move(work)};
        if (!has_room()) co_return std::unexpected{pool_full{}};
        co_await asio::async_initiate<const asio::use_awaitable_t<executor>&, void()>(
            [this, &job](auto handler) {
                job.resume = std::move(handler);
                submit(job);
            },
            use_awaitable);
        if (job.failure) std::rethrow_exception(job.failure);
        if constexpr (std::is_void_v<value>)
            co_return std::expected<value, pool_full>{};
        else
            co_return std::move(*job.value);
    }

    void stop();
    [[nodiscard]] std::size_t waiting() const;
    [[nodiscard]] std::size_t threads() const noexcept { return threads_.size(); }

private:
    // Lives in the frame of the coroutine that waits for it.
    struct job_base {
        virtual ~job_base() = default;
        virtual void call() noexcept = 0;
        std::move_only_function<void()> resume;
        std::exception_ptr failure;
    };

    template <class Work>
    struct job final : job_base {
        using result = std::invoke_result_t<Work&>;
        explicit job(Work callable) : work{std::move(callable)} {}
        void call() noexcept override {
            try {
                if constexpr (std::is_void_v<result>)
                    work();
                else
                    value.emplace(work());
            } catch (...) {
                this->failure = std::current_exception();
            }
        }
        Work work;
        std::optional<std::conditional_t<std::is_void_v<result>, char, result>> value;
    };

    [[nodiscard]] bool has_room() const;
    void submit(job_base& job);
    void work(int niceness);

    executor executor_;
    const std::size_t queue_limit_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<job_base*> queue_;
    bool stopped_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace core
