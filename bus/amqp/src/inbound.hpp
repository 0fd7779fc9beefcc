#pragma once

#include <bus/amqp/settings.hpp>
#include <bus/transport.hpp>
#include <core/notifier.hpp>
#include <core/runtime.hpp>
#include <core/task_group.hpp>
#include <list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "link.hpp"
#include "names.hpp"
#include "outbound.hpp"
#include "receiver.hpp"

namespace bus::amqp {

// The connection for all that comes in: events for each hosted module, requests to them, signals. Loop thread.
class inbound final : private link_listener {
public:
    // `process`: of the signals that went out from here.
    inbound(const core::runtime& runtime, const settings& options, const names& names, transport_host& host,
            outbound& out, const std::vector<hosted_part>& parts, std::string process);

    void start();
    core::awaitable<void> stop(core::monotonic_time deadline);

    void cut_off() { link_.stop(std::chrono::milliseconds{0}); }

    // Also as long as it is not known.
    [[nodiscard]] bool is_standby(const std::string& module) const { return !has_looked_ || standby_.contains(module); }
    [[nodiscard]] std::vector<std::string> lacking() const;
    [[nodiscard]] bool was_tried() const noexcept { return was_tried_; }
    [[nodiscard]] bool is_quiet() const;

private:
    enum class content { events, requests, signals };
    struct place {
        content what;
        std::string module;
        receiver* taker = nullptr;
    };
    void add(content what, const hosted_part& part, consumer_plan consumer);
    [[nodiscard]] link_plan plan_of(const std::vector<hosted_part>& parts);

    void connected() override;
    void lost(const std::string& reason) override;
    void blocked(const std::string&) override {}  // it stops what is published, and here nothing is
    void confirmed(channel_number, std::span<const confirmation>) override {}
    void delivered(channel_number channel, std::vector<wire_delivery> deliveries) override;
    void returned(channel_number, wire_message) override {}

    void take_events(const place& place, channel_number channel, std::vector<wire_delivery> deliveries);
    void take_requests(const place& place, channel_number channel, std::vector<wire_delivery> deliveries);
    void take_signals(channel_number channel, const std::vector<wire_delivery>& deliveries);
    core::awaitable<void> answer(channel_number channel, wire_delivery request);
    core::awaitable<void> watch_queues();

    const core::runtime& runtime_;
    const settings& options_;
    const names& names_;
    transport_host& host_;
    outbound& out_;
    const std::string process_;
    std::vector<place> places_;  // by channel, from 1
    std::vector<channel_plan> channels_;
    link link_;
    std::map<std::string, receiver> receivers_;
    std::set<std::string> served_;   // modules that were handed something by this connection
    std::set<std::string> standby_;  // modules that another process is handed everything for
    bool has_looked_ = false;        // who else consumes, since this connection came about
    core::notifier look_;
    std::string trouble_;
    bool was_tried_ = false;
    bool is_closed_ = false;
    core::task_group answers_;
    core::task_group tasks_;
};

}  // namespace bus::amqp
