#pragma once

#include <chrono>
#include <core/clock.hpp>
#include <core/log.hpp>
#include <deque>
#include <functional>
#include <harness/co_test.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "link.hpp"
#include "test_broker.hpp"

namespace bus::amqp::test {

// Keeps all that a link tells.
class recorder final : public link_listener {
public:
    void connected() override { ++connections; }
    void lost(const std::string& reason) override { losses.push_back(reason); }
    void blocked(const std::string& reason) override { blocks.push_back(reason); }
    void confirmed(channel_number, std::span<const confirmation> some) override {
        for (const auto& each : some) confirmations.push_back(each);
    }
    void delivered(channel_number channel, std::vector<wire_delivery> some) override {
        for (auto& delivery : some) {
            if (on_delivery) on_delivery(channel, delivery);
            deliveries.push_back(std::move(delivery));
        }
    }
    void returned(channel_number, wire_message message) override { returns.push_back(std::move(message)); }

    [[nodiscard]] std::size_t count(enum confirmation::outcome outcome) const {
        return static_cast<std::size_t>(std::ranges::count(confirmations, outcome, &confirmation::outcome));
    }

    int connections = 0;
    std::vector<std::string> losses;
    std::vector<std::string> blocks;
    std::vector<confirmation> confirmations;
    std::deque<wire_delivery> deliveries;
    std::vector<wire_message> returns;
    std::function<void(channel_number, const wire_delivery&)> on_delivery;
};

// A link to the broker of the tests, or to what stands in for it, and all that it told. Stopped by its destructor.
class link_under_test {
public:
    explicit link_under_test(link_plan plan, link_settings settings = default_settings())
        : subject{harness::loop(), core::logger{logs_, "bus"}, std::move(settings), named(std::move(plan)), heard} {}
    link_under_test(const link_under_test&) = delete;
    link_under_test& operator=(const link_under_test&) = delete;
    ~link_under_test() {
        if (!is_stopped_) subject.stop(std::chrono::seconds{2});
    }

    [[nodiscard]] static link_settings default_settings() {
        return {.broker = broker_for_tests(),
                .reconnect = core::retry_schedule{{std::chrono::milliseconds{20}, std::chrono::milliseconds{50}}}};
    }
    void start() {
        is_started_ = true;
        subject.start();
    }
    // Starts it, if need be, and waits until it has connected for the `times`-th time.
    core::awaitable<void> connect(int times = 1) {
        if (!is_started_) start();
        co_await harness::eventually([this, times] { return heard.connections >= times && subject.is_connected(); });
    }
    void stop(std::chrono::milliseconds limit) {
        subject.stop(limit);
        is_stopped_ = true;
    }

private:
    static link_plan named(link_plan plan) {
        if (plan.name.empty()) plan.name = "busbar test";
        return plan;
    }

    core::system_clock clock_;
    core::log_hub logs_{clock_, core::log_level::warning};
    bool is_started_ = false;
    bool is_stopped_ = false;

public:
    recorder heard;
    link subject;
};

}  // namespace bus::amqp::test
