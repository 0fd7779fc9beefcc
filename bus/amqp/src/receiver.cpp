#include "receiver.hpp"

#include <core/task_group.hpp>
#include <core/test_point.hpp>
#include <iterator>
#include <map>

namespace bus::amqp {
namespace {

constexpr std::size_t batch = 512;
constexpr auto pause_after_failure = std::chrono::seconds{1};

}  // namespace

receiver::receiver(const core::runtime& runtime, transport_host& host, link& link, std::string module)
    : runtime_{runtime},
      host_{host},
      link_{link},
      module_{std::move(module)},
      log_{runtime.log_for(module_)},
      work_{runtime.loop},
      idle_{runtime.loop} {}

void receiver::arrived(std::vector<arrival> arrivals) {
    if (is_closed_) return;  // not acknowledged: it comes again
    core::test_point("delivery");
    waiting_.insert(waiting_.end(), std::make_move_iterator(arrivals.begin()), std::make_move_iterator(arrivals.end()));
    work_.notify();
}

core::awaitable<void> receiver::receive() {
    while (true) {
        while (!waiting_.empty()) {
            std::vector<received_event> events;
            std::map<channel_number, std::uint64_t> up_to;
            std::vector<std::pair<channel_number, std::uint64_t>> single;
            while (!waiting_.empty() && events.size() < batch) {
                auto one = std::move(waiting_.front());
                waiting_.pop_front();
                if (one.is_up_to)
                    up_to[one.channel] = one.tag;
                else
                    single.emplace_back(one.channel, one.tag);
                events.push_back(std::move(one.event));
            }
            is_writing_ = true;
            co_await write(std::move(events));
            is_writing_ = false;
            core::test_point("before acknowledgement");
            for (const auto& [channel, tag] : up_to) link_.acknowledge_up_to(channel, tag);
            for (const auto& [channel, tag] : single) link_.acknowledge(channel, tag);
        }
        idle_.notify();
        co_await work_.wait();
    }
}

core::awaitable<void> receiver::close(core::monotonic_time deadline) {
    is_closed_ = true;
    while (!is_idle() && runtime_.time.monotonic() < deadline) co_await idle_.wait_until(runtime_.time, deadline);
}

// Trouble of the disk passes: until then the broker keeps what is not acknowledged.
core::awaitable<void> receiver::write(std::vector<received_event> events) {
    while (true) {
        std::string trouble;
        try {
            co_return co_await host_.take_events(module_, events);
        } catch (const std::exception& failure) {
            if (core::is_cancellation(std::current_exception())) throw;
            trouble = failure.what();
        }
        log_.warning("what came from the broker could not be stored and is tried again", {{"error", trouble}});
        co_await runtime_.time.sleep_for(pause_after_failure);
    }
}

}  // namespace bus::amqp
