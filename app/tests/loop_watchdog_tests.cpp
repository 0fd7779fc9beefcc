#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "loop_watchdog.hpp"

namespace app::test {
namespace {

using std::chrono::milliseconds;

// Something that one thread waits for and another one does.
class event {
public:
    void happen() {
        {
            const std::lock_guard lock{mutex_};
            has_happened_ = true;
        }
        changed_.notify_all();
    }
    [[nodiscard]] bool wait() {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, std::chrono::seconds{10}, [this] { return has_happened_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool has_happened_ = false;
};

}  // namespace

TEST(loop_watchdog, acts_when_the_loop_stands_still) {
    core::asio::io_context context{1};
    event acted;
    const loop_watchdog watchdog{context.get_executor(), milliseconds{1}, 3, [&] { acted.happen(); }};

    EXPECT_TRUE(acted.wait()) << "nobody runs the loop";
}

TEST(loop_watchdog, lets_a_loop_that_turns_alone) {
    core::asio::io_context context{1};
    auto guard = core::asio::make_work_guard(context);
    std::atomic<bool> acted = false;
    {
        const loop_watchdog watchdog{context.get_executor(), milliseconds{1}, 2000, [&] { acted = true; }};
        for (int turns = 0; turns < 5; turns += static_cast<int>(context.run_one())) {
        }
    }

    EXPECT_FALSE(acted);
}

}  // namespace app::test
