#include "outbound.hpp"

#include <algorithm>

#include "broker_error.hpp"

namespace bus::amqp {
namespace {

constexpr std::size_t most_waiting_signals = 8192;
constexpr std::size_t most_waiting_requests = 10'000;
constexpr auto goodbye = std::chrono::milliseconds{500};

channel_number count_logs(const std::vector<hosted_part>& parts) {
    return static_cast<channel_number>(
        std::ranges::count_if(parts, [](const hosted_part& part) { return part.database != nullptr; }));
}

}  // namespace

outbound::outbound(const core::runtime& runtime, const settings& options, const names& names,
                   const std::vector<hosted_part>& parts)
    : runtime_{runtime},

      senders_at_{count_logs(parts)},
      link_{runtime.loop,
            runtime.log_for("bus"),
            {options.broker, options.connect_limit, options.heartbeat, options.reconnect},
            plan_of(options, names, parts),
            *this},
      requester_{runtime, link_, requests_channel(), names},
      progress_{runtime.loop},
      tasks_{runtime.loop, runtime.time, runtime.log_for("bus")} {
    channel_number channel = 0;
    for (const auto& part : parts) {
        if (part.database == nullptr) continue;
        const bool is_followed = std::ranges::any_of(options.modules, [&](const known_module& module) {
            return std::ranges::find(module.follows, part.module) != module.follows.end();
        });
        senders_.emplace_back(runtime, *part.database, link_, ++channel, names.events(), options.window, is_followed);
    }
}

link_plan outbound::plan_of(const settings& options, const names& names, const std::vector<hosted_part>& parts) {
    link_plan plan{"busbar, outgoing", shared_topology(names, options.modules), {}};
    plan.channels.assign(count_logs(parts), {.has_confirms = true, .most_waiting = options.window * 2});
    plan.channels.push_back({.most_waiting = most_waiting_requests,
                             .consumer = consumer_plan{.queue = "amq.rabbitmq.reply-to", .no_ack = true}});
    plan.channels.push_back({.most_waiting = most_waiting_requests});
    plan.channels.push_back({.most_waiting = most_waiting_signals});
    return plan;
}

void outbound::start(const std::vector<hosted_part>& parts) {
    std::vector<std::string> asks;
    for (const auto& part : parts) asks.insert(asks.end(), part.asks.begin(), part.asks.end());
    tasks_.spawn_restarting("see which modules are there",
                            [this, asks = std::move(asks)] { return requester_.watch(asks); });
    for (auto& sender : senders_) {
        const auto name = sender.view().module;
        tasks_.spawn_restarting("publish the log of " + name, [&sender] { return sender.send(); });
        tasks_.spawn_restarting("note what was published of " + name, [&sender] { return sender.note(); });
    }
    link_.start();
}

core::awaitable<void> outbound::stop(core::monotonic_time deadline) {
    while (link_.is_connected() && blocked_.empty() && runtime_.time.monotonic() < deadline &&
           !std::ranges::all_of(senders_, &sender::has_sent_all))
        co_await progress_.wait_until(runtime_.time, deadline);
    link_.stop(goodbye);
    tasks_.stop();
    co_await tasks_.join();
}

void outbound::committed(const std::string& module) {
    for (auto& sender : senders_)
        if (sender.view().module == module) sender.committed();
}

void outbound::reply(wire_message message) {
    // Where no connection stands the one who asked has been told so.
    std::ignore = link_.publish(replies_channel(), 0, std::move(message));
}

void outbound::send_signal(wire_message message) {
    std::ignore = link_.publish(signals_channel(), 0, std::move(message));  // best effort
}

std::vector<sent_view> outbound::sent() const {
    std::vector<sent_view> all;
    for (const auto& sender : senders_) all.push_back(sender.view());
    return all;
}

std::vector<std::string> outbound::lacking() const {
    std::vector<std::string> all;
    if (!trouble_.empty()) all.push_back(trouble_);
    if (!blocked_.empty()) all.push_back("the broker takes nothing at present: " + blocked_);
    for (const auto& sender : senders_)
        if (!sender.trouble().empty()) all.push_back(sender.trouble());
    for (const auto& module : requester_.away()) all.push_back("the module " + module + " runs nowhere at present");
    return all;
}

bool outbound::is_quiet() {
    return requester_.in_flight() == 0 && std::ranges::all_of(senders_, &sender::has_sent_all);
}

void outbound::connected() {
    was_tried_ = true;
    trouble_.clear();
    blocked_.clear();
    requester_.connected();
    for (auto& sender : senders_) sender.connected();
}

void outbound::lost(const std::string& reason) {
    was_tried_ = true;
    trouble_ = "no connection to the broker: " + reason;
    blocked_.clear();
    requester_.lost();
    for (auto& sender : senders_) sender.lost();
    progress_.notify();
}

void outbound::blocked(const std::string& reason) {
    blocked_ = reason;
    requester_.blocked(reason);
    progress_.notify();
}

void outbound::confirmed(channel_number channel, std::span<const confirmation> confirmations) {
    auto sender = senders_.begin();
    std::advance(sender, channel - 1);
    sender->confirmed(confirmations);
    progress_.notify();
}

void outbound::delivered(channel_number, std::vector<wire_delivery> deliveries) {
    for (auto& one : deliveries) requester_.replied(std::move(one.message));
}

void outbound::returned(channel_number, wire_message message) { requester_.returned(message); }

}  // namespace bus::amqp
