#include <algorithm>
#include <atomic>
#include <bus/amqp/transport.hpp>
#include <bus/message.hpp>
#include <optional>

#include "event_message.hpp"
#include "inbound.hpp"
#include "names.hpp"
#include "outbound.hpp"

namespace bus::amqp {
namespace {

class amqp_transport final : public transport {
public:
    amqp_transport(const core::runtime& runtime, settings options)
        : runtime_{runtime}, options_{std::move(options)}, names_{options_.prefix}, process_{runtime.ids.next()} {}

    void start(transport_host& host, std::vector<hosted_part> parts) override {
        out_.emplace(runtime_, options_, names_, parts);
        in_.emplace(runtime_, options_, names_, host, *out_, parts, process_);
        out_->start(parts);
        in_->start();
        is_running_ = true;
    }

    core::awaitable<void> stop_receiving(core::monotonic_time deadline) override {
        if (in_) co_await in_->stop(deadline);
    }

    core::awaitable<void> stop(core::monotonic_time deadline) override {
        is_running_ = false;
        if (out_) co_await out_->stop(deadline);
    }

    void cut_off() override {
        is_running_ = false;
        out_->cut_off();
        in_->cut_off();
    }

    void committed(const std::string& module) override { out_->committed(module); }

    core::awaitable<core::result<std::string>> request(std::string name, std::string data, bool is_idempotent,
                                                       call call) override {
        return out_->requests().ask(std::move(name), std::move(data), is_idempotent, std::move(call));
    }

    void send_signal(carried_signal signal) override {
        if (!is_running_ || !out_->connection().is_connected()) return;
        wire_message message;
        message.exchange = names_.signals();
        message.routing_key = std::move(signal.routing_key);
        message.body = std::move(signal.data);
        message.content_type = json_content;
        message.message_id = runtime_.ids.next();
        message.headers = {{"cloudEvents:specversion", "1.0"},
                           {"cloudEvents:id", message.message_id},
                           {"cloudEvents:source", "/busbar/" + std::string{owner_of(signal.name)}},
                           {"cloudEvents:type", signal.name},
                           {"cloudEvents:time", core::to_rfc3339(runtime_.time.now())},
                           {"busbar-process", process_}};
        out_->send_signal(std::move(message));
    }

    [[nodiscard]] std::vector<sent_view> sent() const override { return out_->sent(); }
    [[nodiscard]] bool is_standby(const std::string& module) const override { return in_->is_standby(module); }
    [[nodiscard]] bool is_starting() const override { return !out_->was_tried() || !in_->was_tried(); }
    [[nodiscard]] std::vector<std::string> lacking() const override {
        auto all = out_->lacking();
        for (auto& one : in_->lacking())
            if (std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
        return all;
    }
    [[nodiscard]] bool is_quiet() const override { return out_->is_quiet() && in_->is_quiet(); }

private:
    const core::runtime& runtime_;
    const settings options_;
    const names names_;
    const std::string process_;
    mutable std::optional<outbound> out_;
    std::optional<inbound> in_;
    std::atomic<bool> is_running_{false};
};

}  // namespace

std::unique_ptr<transport> make_transport(const core::runtime& runtime, settings settings) {
    return std::make_unique<amqp_transport>(runtime, std::move(settings));
}

}  // namespace bus::amqp
