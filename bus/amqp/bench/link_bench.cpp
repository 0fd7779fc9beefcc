// What a link costs beside the bare library doing the same: messages per second, and CPU time of this process for each.
//
//     python3 tests/rabbitmq.py run -- build/bench/bus/amqp/bus_amqp_bench

#include <amqp.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <core/clock.hpp>
#include <core/log.hpp>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "library_types.hpp"
#include "link.hpp"
#include "test_broker.hpp"

namespace {

using namespace bus::amqp;
using test::bare_client;

constexpr std::uint64_t messages = 100'000;
constexpr std::uint64_t window = 1000;
constexpr std::uint16_t prefetch = 500;
constexpr std::uint64_t acknowledge_every = 100;
constexpr int runs = 3;

const std::string body(256, 'x');

queue quorum_queue(const std::string& name) { return {.name = name, .arguments = {{"x-queue-type", "quorum"}}}; }

struct cost {
    double per_second = 0;
    double cpu_microseconds = 0;  // for each message
};

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

cost measure(const std::function<void()>& work) {
    const auto cpu = cpu_seconds();
    const auto begin = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    return {.per_second = messages / took.count(), .cpu_microseconds = (cpu_seconds() - cpu) / messages * 1e6};
}

void publish_bare(const std::string& queue) {
    bare_client client;
    auto* const state = client.state();
    amqp_confirm_select(state, 1);
    client.check("confirm.select");
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
    std::uint64_t published = 0;
    std::uint64_t confirmed = 0;
    while (confirmed < messages) {
        for (; published < messages && published - confirmed < window; ++published)
            if (amqp_basic_publish(state, 1, amqp_empty_bytes, bytes_of(queue), 1, 0, &properties, bytes_of(body)) != 0)
                throw std::runtime_error{"basic.publish failed"};
        amqp_frame_t frame{};
        if (amqp_simple_wait_frame(state, &frame) != 0) throw std::runtime_error{"reading failed"};
        const auto& ack = *static_cast<const amqp_basic_ack_t*>(frame.payload.method.decoded);
        // Good enough for a queue that confirms in order, or names one at a time.
        confirmed = ack.multiple != 0 ? std::max(confirmed, ack.delivery_tag) : confirmed + 1;
        amqp_maybe_release_buffers(state);
    }
}

void consume_bare(const std::string& queue) {
    bare_client client;
    auto* const state = client.state();
    amqp_basic_qos(state, 1, 0, prefetch, 0);
    amqp_basic_consume(state, 1, bytes_of(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    client.check("basic.consume");
    for (std::uint64_t got = 1; got <= messages; ++got) {
        amqp_maybe_release_buffers(state);
        amqp_envelope_t envelope{};
        if (amqp_consume_message(state, &envelope, nullptr, 0).reply_type != AMQP_RESPONSE_NORMAL)
            throw std::runtime_error{"reading failed"};
        const auto tag = envelope.delivery_tag;
        amqp_destroy_envelope(&envelope);
        if (got % acknowledge_every == 0 && amqp_basic_ack(state, 1, tag, 1) != 0)
            throw std::runtime_error{"basic.ack failed"};
    }
    amqp_connection_close(state, AMQP_REPLY_SUCCESS);
}

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

cost median(std::vector<cost> all) {
    std::ranges::sort(all, {}, &cost::per_second);
    return all[all.size() / 2];
}

void print(const char* name, const std::vector<cost>& bare, const std::vector<cost>& link) {
    const auto one = median(bare);
    const auto other = median(link);
    std::printf("%-8s bare %7.0f /s %6.2f us CPU   link %7.0f /s %6.2f us CPU   ratio %.2f\n", name, one.per_second,
                one.cpu_microseconds, other.per_second, other.cpu_microseconds, other.per_second / one.per_second);
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
            costs[0].push_back(measure([&] { publish_bare(one); }));
            costs[1].push_back(measure([&] { publish_by_link(other); }));
            costs[2].push_back(measure([&] { consume_bare(one); }));
            costs[3].push_back(measure([&] { consume_by_link(other); }));
        }
        print("publish", costs[0], costs[1]);
        print("consume", costs[2], costs[3]);
        return 0;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "%s\n", failure.what());
        return 1;
    }
}
