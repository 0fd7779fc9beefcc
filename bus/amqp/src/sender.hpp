#pragma once

#include <bus/transport.hpp>
#include <chrono>
#include <core/log.hpp>
#include <core/notifier.hpp>
#include <core/runtime.hpp>
#include <cstdint>
#include <span>
#include <storage/database.hpp>
#include <string>
#include <vector>

#include "link.hpp"
#include "send_window.hpp"

namespace bus::amqp {

// Publishes one module's event log: a follower whose handler is "publish, and wait for the confirmation", with many on
// their way. Its place is kept in the list of those that the log waits for. Loop thread.
class sender {
public:
    // `channel`: its own, with confirms. `is_followed`: some module wants these events, so a queue must take them.
    sender(const core::runtime& runtime, storage::database& log, link& link, channel_number channel,
           std::string exchange, std::size_t window, bool is_followed);

    // Publishes until it is cancelled.
    core::awaitable<void> send();
    // Writes down how far it is, until it is cancelled.
    core::awaitable<void> note();

    void committed() { work_.notify(); }
    void connected();
    void lost();
    void confirmed(std::span<const confirmation> confirmations);

    [[nodiscard]] bool has_sent_all();
    [[nodiscard]] sent_view view() const { return {log_.name(), window_.position(), window_.in_flight()}; }
    // Why it does not go on; empty when it does.
    [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }

private:
    void find_place();
    [[nodiscard]] bool publish_some();
    void pause_unroutable();
    void pause_refused();
    // What is not confirmed is sent again then.
    void pause(std::chrono::seconds duration);
    [[nodiscard]] std::int64_t first_of(std::int64_t epoch) const;

    const core::runtime& runtime_;
    storage::database& log_;
    link& link_;
    const channel_number channel_;
    const std::string exchange_;
    const std::size_t size_;
    const bool is_followed_;
    core::logger logger_;
    std::vector<storage::log_epoch> epochs_;
    send_window window_;
    std::int64_t noted_ = 0;
    bool is_connected_ = false;
    std::string trouble_;
    bool is_refused_ = false;  // until the broker takes again
    core::monotonic_time paused_until_{};
    core::notifier work_;
    core::notifier progress_;
};

}  // namespace bus::amqp
