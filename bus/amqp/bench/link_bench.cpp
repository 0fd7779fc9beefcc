// What a link and the whole adapter cost beside the bare library doing the same: messages per second, and CPU time of
// this process for each.
//
//     python3 tests/rabbitmq.py run -- build/bench/bus/amqp/bus_amqp_bench

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <core/clock.hpp>
#include <core/log.hpp>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "bare.hpp"
#include "link.hpp"
#include "test_broker.hpp"

namespace {

using namespace bus::amqp;
using namespace bus::amqp::bench;
using test::bare_client;

class worker final : public link_listener {
public:
    worker(const std::string& queue, const link_plan& plan)
        : queue_{queue},
          guard_{context_.get_executor()},
          link_{
              context_.get_executor(), core::logger{logs_, "bus"}, {.broker = test::broker_for_tests()}, plan, *this} {}

    void run() {
        link_.start();
        context_.run();
        link_.stop(std::chrono::seconds{5});
    }

    void connected() override { publish_more(); }
    void lost(const std::string& reason) override { throw std::runtime_error{reason}; }
    void blocked(const std::string&) override {}
    void confirmed(channel_number, std::span<const confirmation> confirmations) override {
        confirmed_ += confirmations.size();
        publish_more();
        if (confirmed_ == messages) context_.stop();
    }
    void delivered(channel_number channel, std::vector<wire_delivery> deliveries) override {
        for (const auto& delivery : deliveries)
            if (++delivered_ % acknowledge_every == 0) link_.acknowledge_up_to(channel, delivery.tag);
        if (delivered_ == messages) context_.stop();
    }
    void returned(channel_number, wire_message) override {}

    bool is_publisher = false;

private:
    void publish_more() {
        for (; is_publisher && published_ < messages && published_ - confirmed_ < window; ++published_)
            if (!link_.publish(1, published_,
                               {.routing_key = queue_, .body = body, .is_persistent = true, .is_mandatory = true}))
                throw std::runtime_error{"the link takes nothing"};
    }

    const std::string queue_;
    core::asio::io_context context_{1};
    core::asio::executor_work_guard<core::executor> guard_;
    core::system_clock clock_;
    core::log_hub logs_{clock_, core::log_level::warning};
    std::uint64_t published_ = 0;
    std::uint64_t confirmed_ = 0;
    std::uint64_t delivered_ = 0;
    bus::amqp::link link_;
};

void publish_by_link(const std::string& queue) {
    worker worker{queue, {.name = "bench", .channels = {{.has_confirms = true}}}};
    worker.is_publisher = true;
    worker.run();
}

void consume_by_link(const std::string& queue) {
    worker worker{queue,
                  {.name = "bench", .channels = {{.consumer = consumer_plan{.queue = queue, .prefetch = prefetch}}}}};
    worker.run();
}

}  // namespace

int main() {
    try {
        std::vector<cost> costs[4];
        // In turns, so that a slow moment of the machine is not the fault of one of them; each queue is filled and
        // emptied by the same.
        for (int run = 0; run < runs; ++run) {
            test::own_names names;
            const auto one = names.queue();
            const auto other = names.queue();
            bare_client client;
            client.declare(quorum_queue(one));
            client.declare(quorum_queue(other));
            costs[0].push_back(
                measure([&] { publish_bare({.routing_key = one, .body = body, .is_persistent = true}); }));
            costs[1].push_back(measure([&] { publish_by_link(other); }));
            costs[2].push_back(consume_bare(one));
            costs[3].push_back(measure([&] { consume_by_link(other); }));
        }
        print("publish", costs[0], "link", costs[1]);
        print("consume", costs[2], "link", costs[3]);
        measure_adapter();
        return 0;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "%s\n", failure.what());
        return 1;
    }
}
