#pragma once

#include <bus/transport.hpp>
#include <core/log.hpp>
#include <core/notifier.hpp>
#include <core/runtime.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "link.hpp"

namespace bus::amqp {

// Takes what comes for one module into its file, and acknowledges it then: what has arrived while the last batch was
// written is the next one. Loop thread.
class receiver {
public:
    receiver(const core::runtime& runtime, transport_host& host, link& link, std::string module);

    // Until it is cancelled.
    core::awaitable<void> receive();
    // Deliveries of one channel, in order; `event` was made of each. All of a channel up to the tag of its last are
    // acknowledged with it, or only the given ones when other things are handled on that channel.
    struct arrival {
        channel_number channel = 0;
        std::uint64_t tag = 0;
        bool is_up_to = false;
        received_event event;
    };
    void arrived(std::vector<arrival> arrivals);
    // The connection is lost: what is not in the file yet comes again.
    void lost() { waiting_.clear(); }
    // Takes no more, and finishes what it has, but not beyond `deadline`.
    core::awaitable<void> close(core::monotonic_time deadline);
    [[nodiscard]] bool is_idle() const noexcept { return !is_writing_ && waiting_.empty(); }

private:
    core::awaitable<void> write(std::vector<received_event> events);

    const core::runtime& runtime_;
    transport_host& host_;
    link& link_;
    const std::string module_;
    core::logger log_;
    std::deque<arrival> waiting_;
    bool is_writing_ = false;
    bool is_closed_ = false;
    core::notifier work_;
    core::notifier idle_;
};

}  // namespace bus::amqp
