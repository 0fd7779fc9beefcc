#pragma once

#include <bus/endpoint.hpp>
#include <bus/transport.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace bus {

// Hands each signal to every listener's bounded inbox. Any thread.
class signal_hub {
public:
    explicit signal_hub(core::executor loop) : loop_{loop} {}

    [[nodiscard]] std::shared_ptr<signal_inbox> listen(signal_subscription wanted);
    void send(std::string_view name, const parcel& signal);
    // From another process; what came from a foreign program has no name. What cannot be read is left out.
    void take(const carried_signal& signal);
    void close();

private:
    struct listener {
        signal_subscription wanted;
        std::shared_ptr<signal_inbox> inbox;

        void give(parcel signal) const { inbox->missed += inbox->waiting.push_dropping_oldest(std::move(signal)); }
    };

    core::executor loop_;
    std::mutex mutex_;
    std::map<std::string, std::vector<listener>, std::less<>> listeners_;
};

}  // namespace bus
