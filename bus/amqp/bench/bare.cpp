#include "bare.hpp"

#include <amqp.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <stdexcept>

#include "library_types.hpp"
#include "test_broker.hpp"
#include "wire_codec.hpp"

namespace bus::amqp::bench {

using test::bare_client;

queue quorum_queue(const std::string& name) { return {.name = name, .arguments = {{"x-queue-type", "quorum"}}}; }

namespace {

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

stopwatch::stopwatch() : began_{std::chrono::steady_clock::now()}, cpu_began_{cpu_seconds()} {}

cost stopwatch::after(std::uint64_t count) const {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began_;
    const auto all = static_cast<double>(count);
    return {.per_second = all / took.count(), .cpu_microseconds = (cpu_seconds() - cpu_began_) / all * 1e6};
}

cost measure(const std::function<void()>& work) {
    const stopwatch stopwatch;
    work();
    return stopwatch.after(messages);
}

void publish_bare(const wire_message& message) {
    bare_client client;
    auto* const state = client.state();
    amqp_confirm_select(state, 1);
    client.check("confirm.select");
    outgoing_properties outgoing;
    const auto& properties = outgoing.of(message, std::nullopt);
    std::uint64_t published = 0;
    std::uint64_t confirmed = 0;
    while (confirmed < messages) {
        for (; published < messages && published - confirmed < window; ++published)
            if (amqp_basic_publish(state, 1, bytes_of(message.exchange), bytes_of(message.routing_key), 1, 0,
                                   &properties, bytes_of(message.body)) != 0)
                throw std::runtime_error{"basic.publish failed"};
        amqp_frame_t frame{};
        if (amqp_simple_wait_frame(state, &frame) != 0) throw std::runtime_error{"reading failed"};
        const auto& ack = *static_cast<const amqp_basic_ack_t*>(frame.payload.method.decoded);
        // Good enough for a queue that confirms in order, or names one at a time.
        confirmed = ack.multiple != 0 ? std::max(confirmed, ack.delivery_tag) : confirmed + 1;
        amqp_maybe_release_buffers(state);
    }
}

cost consume_bare(const std::string& queue) {
    bare_client client;
    std::optional<stopwatch> since_first;
    auto* const state = client.state();
    amqp_basic_qos(state, 1, 0, prefetch, 0);
    amqp_basic_consume(state, 1, bytes_of(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    client.check("basic.consume");
    for (std::uint64_t got = 1; got <= messages; ++got) {
        amqp_maybe_release_buffers(state);
        amqp_envelope_t envelope{};
        if (amqp_consume_message(state, &envelope, nullptr, 0).reply_type != AMQP_RESPONSE_NORMAL)
            throw std::runtime_error{"reading failed"};
        if (got == 1) since_first.emplace();
        const auto tag = envelope.delivery_tag;
        amqp_destroy_envelope(&envelope);
        if (got % acknowledge_every == 0 && amqp_basic_ack(state, 1, tag, 1) != 0)
            throw std::runtime_error{"basic.ack failed"};
    }
    const auto result = since_first->after(messages - 1);
    amqp_connection_close(state, AMQP_REPLY_SUCCESS);
    return result;
}

cost median(std::vector<cost> all) {
    std::ranges::sort(all, {}, &cost::per_second);
    return all[all.size() / 2];
}

void print(const char* what, const std::vector<cost>& bare, const char* who, const std::vector<cost>& ours) {
    const auto one = median(bare);
    const auto other = median(ours);
    std::printf("%-8s bare %7.0f /s %6.2f us CPU   %-8s %7.0f /s %6.2f us CPU   ratio %.2f\n", what, one.per_second,
                one.cpu_microseconds, who, other.per_second, other.cpu_microseconds, other.per_second / one.per_second);
}

}  // namespace bus::amqp::bench
