#pragma once

#include <atomic>
#include <bus/endpoint.hpp>
#include <core/log.hpp>

namespace app {

// Sends every log entry over the bus, to whoever stores them. Connected once the bus exists and until it ends.
class signal_log final : public core::log_sink {
public:
    void connect(bus::endpoint& bus) noexcept { bus_.store(&bus); }
    void disconnect() noexcept { bus_.store(nullptr); }
    void write(const core::log_entry& entry) noexcept override;

private:
    std::atomic<bus::endpoint*> bus_{nullptr};
};

}  // namespace app
