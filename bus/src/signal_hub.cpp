#include "signal_hub.hpp"

namespace bus {

std::shared_ptr<core::channel<parcel>> signal_hub::listen(std::string_view name, std::size_t capacity,
                                                          std::shared_ptr<std::atomic<std::uint64_t>> missed) {
    auto channel = std::make_shared<core::channel<parcel>>(loop_, capacity);
    const std::lock_guard lock{mutex_};
    listeners_[std::string{name}].push_back({channel, std::move(missed)});
    return channel;
}

void signal_hub::send(std::string_view name, const parcel& signal) {
    const std::lock_guard lock{mutex_};
    const auto found = listeners_.find(name);
    if (found == listeners_.end()) return;
    for (auto& listener : found->second)
        listener.missed->fetch_add(listener.channel->push_dropping_oldest(signal), std::memory_order_relaxed);
}

void signal_hub::close() {
    const std::lock_guard lock{mutex_};
    for (auto& [name, listeners] : listeners_)
        for (auto& listener : listeners) listener.channel->close();
}

}  // namespace bus
