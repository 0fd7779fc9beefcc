#pragma once

#include <bus/amqp/settings.hpp>
#include <bus/transport.hpp>
#include <core/runtime.hpp>
#include <core/task_group.hpp>
#include <list>
#include <string>
#include <vector>

#include "link.hpp"
#include "names.hpp"
#include "requester.hpp"
#include "sender.hpp"

namespace bus::amqp {

// The connection for all that goes out: events of each hosted log, requests and their answers, replies, signals. The
// broker may stop to read from it; so nothing that it has to read soon, such as acknowledgements, is on it. Loop
// thread, but for send_signal().
class outbound final : private link_listener {
public:
    outbound(const core::runtime& runtime, const settings& options, const names& names,
             const std::vector<hosted_part>& parts);

    void start(const std::vector<hosted_part>& parts);
    core::awaitable<void> stop(core::monotonic_time deadline);

    void cut_off() { link_.stop(std::chrono::milliseconds{0}); }

    void committed(const std::string& module);
    void reply(wire_message message);
    void send_signal(wire_message message);
    [[nodiscard]] requester& requests() noexcept { return requester_; }

    [[nodiscard]] std::vector<sent_view> sent() const;
    [[nodiscard]] std::vector<std::string> lacking() const;
    [[nodiscard]] bool was_tried() const noexcept { return was_tried_; }
    [[nodiscard]] bool is_quiet();
    [[nodiscard]] link& connection() noexcept { return link_; }

private:
    // The channels: one for each sender, then these.
    [[nodiscard]] channel_number requests_channel() const noexcept { return senders_at_ + 1; }
    [[nodiscard]] channel_number replies_channel() const noexcept { return senders_at_ + 2; }
    [[nodiscard]] channel_number signals_channel() const noexcept { return senders_at_ + 3; }
    [[nodiscard]] static link_plan plan_of(const settings& options, const names& names,
                                           const std::vector<hosted_part>& parts);

    void connected() override;
    void lost(const std::string& reason) override;
    void blocked(const std::string& reason) override;
    void confirmed(channel_number channel, std::span<const confirmation> confirmations) override;
    void delivered(channel_number channel, std::vector<wire_delivery> deliveries) override;
    void returned(channel_number channel, wire_message message) override;

    const core::runtime& runtime_;
    const channel_number senders_at_;  // how many there are
    link link_;
    requester requester_;
    std::list<sender> senders_;
    std::string trouble_;
    std::string blocked_;
    bool was_tried_ = false;
    core::notifier progress_;
    core::task_group tasks_;
};

}  // namespace bus::amqp
