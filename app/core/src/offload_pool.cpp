#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <core/offload_pool.hpp>

namespace core {

offload_pool::offload_pool(executor executor, const offload_settings& settings)
    : executor_{executor}, queue_limit_{settings.queue} {
    for (std::size_t i = 0; i < settings.threads; ++i) {
        threads_.emplace_back([this, niceness = settings.niceness] { work(niceness); });
        ::pthread_setname_np(threads_.back().native_handle(), settings.name.c_str());
    }
}

offload_pool::~offload_pool() { stop(); }

void offload_pool::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopped_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_)
        if (thread.joinable()) thread.join();
}

std::size_t offload_pool::waiting() const {
    const std::lock_guard lock{mutex_};
    return queue_.size();
}

bool offload_pool::has_room() const {
    const std::lock_guard lock{mutex_};
    return !stopped_ && queue_.size() < queue_limit_;
}

void offload_pool::submit(job_base& job) {
    {
        // Only the loop thread submits, so the room that has_room() saw is still there.
        const std::lock_guard lock{mutex_};
        queue_.push_back(&job);
    }
    wake_.notify_one();
}

void offload_pool::work(int niceness) {
    // On Linux a thread has a niceness of its own (setpriority(2), "C library/kernel differences"). A refusal costs
    // only fairness.
    if (niceness != 0) ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
    while (true) {
        job_base* job = nullptr;
        {
            std::unique_lock lock{mutex_};
            wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
            if (queue_.empty()) return;
            job = queue_.front();
            queue_.pop_front();
        }
        job->call();
        // After this post the job may be gone: its frame goes on without us.
        asio::post(executor_, [resume = std::move(job->resume)]() mutable { resume(); });
    }
}

}  // namespace core
