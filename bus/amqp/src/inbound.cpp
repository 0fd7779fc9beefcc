#include "inbound.hpp"

#include <algorithm>
#include <storage/replica_log.hpp>

#include "event_message.hpp"
#include "request_message.hpp"

namespace bus::amqp {
namespace {

constexpr std::uint16_t signals_at_a_time = 500;
constexpr auto goodbye = std::chrono::milliseconds{500};
constexpr auto pause_before_reply = std::chrono::milliseconds{20};
constexpr auto watch_interval = std::chrono::milliseconds{500};

}  // namespace

inbound::inbound(const core::runtime& runtime, const settings& options, const names& names, transport_host& host,
                 outbound& out, const std::vector<hosted_part>& parts, std::string process)
    : runtime_{runtime},
      options_{options},
      names_{names},
      host_{host},
      out_{out},
      process_{std::move(process)},
      link_{runtime.loop,
            runtime.log_for("bus"),
            {options.broker, options.connect_limit, options.heartbeat, options.reconnect},
            plan_of(parts),
            *this},
      look_{runtime.loop},
      answers_{runtime.loop, runtime.time, runtime.log_for("bus")},
      tasks_{runtime.loop, runtime.time, runtime.log_for("bus")} {
    for (auto& place : places_)
        if (place.what != content::signals)
            place.taker = &receivers_.try_emplace(place.module, runtime, host, link_, place.module).first->second;
}

link_plan inbound::plan_of(const std::vector<hosted_part>& parts) {
    link_plan plan{"busbar, incoming", shared_topology(names_, options_.modules), {}};
    for (const auto& part : parts) {
        if (part.database != nullptr)
            add(content::events, part, {.queue = names_.queue_of(part.module), .prefetch = options_.prefetch});
        if (!part.requests.empty()) {
            add_requests(plan.declared, names_, part.module, part.requests);
            add(content::requests, part,
                {.queue = names_.requests_of(part.module), .prefetch = options_.request_limit});
        }
        if (!part.signal_keys.empty()) {
            add_signals(plan.declared, names_, part.module, part.signal_keys);
            add(content::signals, part, {.queue = names_.signals_of(part.module), .prefetch = signals_at_a_time});
        }
    }
    plan.channels = std::move(channels_);
    return plan;
}

void inbound::add(content what, const hosted_part& part, consumer_plan consumer) {
    places_.push_back({what, part.module});
    channels_.push_back({.consumer = std::move(consumer)});
}

void inbound::start() {
    if (places_.empty()) {
        was_tried_ = true;  // nothing ever comes in
        return;
    }
    for (auto& [module, receiver] : receivers_)
        tasks_.spawn_restarting("receive for " + module, [&receiver] { return receiver.receive(); });
    tasks_.spawn_restarting("see who else consumes", [this] { return watch_queues(); });
    link_.start();
}

core::awaitable<void> inbound::stop(core::monotonic_time deadline) {
    is_closed_ = true;
    for (auto& [module, receiver] : receivers_) co_await receiver.close(deadline);
    if (!co_await answers_.join_until(deadline)) answers_.stop();
    link_.stop(goodbye);
    tasks_.stop();
    co_await tasks_.join();
    co_await answers_.join();
}

std::vector<std::string> inbound::lacking() const {
    std::vector<std::string> all;
    if (!trouble_.empty()) all.push_back(trouble_);
    for (const auto& module : standby_)
        all.push_back("another process runs the module " + module + ": this one only stands by");
    return all;
}

bool inbound::is_quiet() const {
    return answers_.running() == 0 &&
           std::ranges::all_of(receivers_, [](const auto& one) { return one.second.is_idle(); });
}

void inbound::connected() {
    was_tried_ = true;
    trouble_.clear();
    look_.notify();
}

void inbound::lost(const std::string& reason) {
    was_tried_ = true;
    trouble_ = "no connection to the broker: " + reason;
    served_.clear();
    standby_.clear();
    has_looked_ = false;
    for (auto& [module, receiver] : receivers_) receiver.lost();
}

// A single active consumer is not told that it is not the one; only that others are there can be seen. Of the queue of
// events the broker counts the active one alone; that of requests is consumed by all who run the module.
core::awaitable<void> inbound::watch_queues() {
    while (true) {
        co_await look_.wait_until(runtime_.time, runtime_.time.monotonic() + watch_interval);
        for (const auto& place : places_) {
            if (place.what != content::events || !link_.is_connected()) continue;
            const auto consumers = co_await link_.count_consumers(names_.requests_of(place.module));
            if (!link_.is_connected()) break;
            if (consumers.value_or(0) > 1 && !served_.contains(place.module))
                standby_.insert(place.module);
            else
                standby_.erase(place.module);
        }
        has_looked_ = link_.is_connected();
    }
}

void inbound::delivered(channel_number channel, std::vector<wire_delivery> deliveries) {
    if (is_closed_) return;  // not acknowledged: it comes again
    const auto& place = places_.at(channel - 1U);
    switch (place.what) {
        case content::events:
            return take_events(place, channel, std::move(deliveries));
        case content::requests:
            return take_requests(place, channel, std::move(deliveries));
        case content::signals:
            return take_signals(channel, deliveries);
    }
}

void inbound::take_events(const place& place, channel_number channel, std::vector<wire_delivery> deliveries) {
    served_.insert(place.module);
    standby_.erase(place.module);
    std::vector<receiver::arrival> arrivals;
    arrivals.reserve(deliveries.size());
    for (auto& one : deliveries)
        arrivals.push_back(
            {channel, one.tag, true, event_of(std::move(one.message), runtime_.ids, runtime_.time.now())});
    place.taker->arrived(std::move(arrivals));
}

void inbound::take_requests(const place& place, channel_number channel, std::vector<wire_delivery> deliveries) {
    for (auto& one : deliveries) {
        if (!one.message.reply_to.empty()) {
            answers_.spawn("answer", answer(channel, std::move(one)));
            continue;
        }
        // Nobody waits for it: it is kept like an event, until it is done or a person has seen it. Each is its own key.
        const auto name = one.message.routing_key;
        auto record = *event_of(std::move(one.message), runtime_.ids, runtime_.time.now()).record;
        record.type = name;
        record.key = record.id;
        place.taker->arrived(
            {{channel,
              one.tag,
              false,
              {storage::outside, 0, std::make_shared<const storage::event_record>(std::move(record))}}});
    }
}

core::awaitable<void> inbound::answer(channel_number channel, wire_delivery request) {
    auto call = call_of(request.message, runtime_.time.monotonic());
    const auto deadline = call.deadline;
    core::result<std::string> answer =
        core::fail(core::error_kind::timed_out,
                   "The module was interrupted while it worked on the request, which may have been done.");
    // Whoever had it before may have done it.
    if (!request.is_redelivered || call.is_idempotent)
        answer =
            co_await host_.take_request(request.message.routing_key, std::move(request.message.body), std::move(call));
    // This connection may stand before the one for what goes out does.
    while (!out_.connection().is_connected() && runtime_.time.monotonic() < deadline)
        co_await runtime_.time.sleep_for(pause_before_reply);
    out_.reply(reply_message(request.message, answer));
    link_.acknowledge(channel, request.tag);
}

void inbound::take_signals(channel_number channel, const std::vector<wire_delivery>& deliveries) {
    for (const auto& [tag, is_redelivered, message] : deliveries) {
        // What this process sent, its listeners have already.
        if (message.text_header("busbar-process") == process_) continue;
        host_.take_signal({std::string{message.text_header("cloudEvents:type")}, message.routing_key, message.body});
    }
    if (!deliveries.empty()) link_.acknowledge_up_to(channel, deliveries.back().tag);
}

}  // namespace bus::amqp
