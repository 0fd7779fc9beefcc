#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <cassert>
#include <core/task_group.hpp>

namespace core {

task_group::task_group(executor executor, clock& clock, logger log)
    : executor_{executor}, clock_{clock}, log_{std::move(log)}, changed_{executor} {}

task_group::~task_group() { assert(members_.empty() && "a task group is destroyed before join()"); }

std::optional<task_group::member_id> task_group::spawn(std::string name, awaitable<void> task) {
    if (closed_) return std::nullopt;
    const auto id = ++last_id_;
    members_.emplace_back(std::move(name), id);
    start(std::prev(members_.end()), std::move(task));
    return id;
}

void task_group::cancel(member_id id) {
    const auto member = std::ranges::find(members_, id, &member::id);
    if (member != members_.end()) member->cancel.emit(asio::cancellation_type::terminal);
}

bool task_group::spawn_restarting(std::string name, std::function<awaitable<void>()> make) {
    if (closed_) return false;
    members_.emplace_back(std::move(name), ++last_id_);
    const auto member = std::prev(members_.end());
    start(member, keep_running(member, std::move(make)));
    return true;
}

void task_group::start(place member, awaitable<void> task) {
    asio::co_spawn(
        executor_, std::move(task),
        asio::bind_cancellation_slot(member->cancel.slot(),
                                     [this, member](const std::exception_ptr& failure) { ended(member, failure); }));
}

awaitable<void> task_group::keep_running(place member, std::function<awaitable<void>()> make) {
    const auto schedule = doubling(std::chrono::milliseconds{100}, std::chrono::seconds{30});
    for (std::size_t failed = 0;;) {
        std::exception_ptr failure;
        const auto started = clock_.monotonic();
        try {
            co_await make();
            co_return;
        } catch (...) {
            failure = std::current_exception();
        }
        // Nobody waits for another attempt any more.
        if (closed_) std::rethrow_exception(failure);
        if (clock_.monotonic() - started > std::chrono::minutes{1}) failed = 0;
        const auto wait = schedule.delay(++failed, random_fraction());
        ++failures_;
        member->trouble = describe(failure);
        log_.error("a background task failed and is started again",
                   {{"task", member->name}, {"error", member->trouble}, {"wait_ms", wait.count()}});
        co_await clock_.sleep_for(wait);
        member->trouble.clear();
    }
}

void task_group::ended(place member, const std::exception_ptr& failure) {
    if (failure && !is_cancellation(failure)) {
        ++failures_;
        log_.error("a background task failed", {{"task", member->name}, {"error", describe(failure)}});
    }
    members_.erase(member);
    changed_.notify();
}

void task_group::stop() {
    closed_ = true;
    // A member may end, and leave the list, while it is being cancelled.
    for (auto next = members_.begin(); next != members_.end();) {
        const auto member = next++;
        member->cancel.emit(asio::cancellation_type::terminal);
    }
}

awaitable<void> task_group::join() {
    closed_ = true;
    while (!members_.empty()) co_await changed_.wait();
}

awaitable<bool> task_group::join_until(monotonic_time time) {
    closed_ = true;
    while (!members_.empty() && clock_.monotonic() < time) co_await changed_.wait_until(clock_, time);
    co_return members_.empty();
}

std::vector<std::string> task_group::names() const {
    std::vector<std::string> names;
    for (const auto& member : members_) names.push_back(member.name);
    return names;
}

std::vector<std::string> task_group::failing() const {
    std::vector<std::string> failing;
    for (const auto& member : members_)
        if (!member.trouble.empty()) failing.push_back(member.name + ": " + member.trouble);
    return failing;
}

std::string describe(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& known) {
        return known.what();
    } catch (...) {
        return "something that is not a std::exception";
    }
}

bool is_cancellation(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& known) {
        return known.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

}  // namespace core
