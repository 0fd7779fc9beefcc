#include "signal_hub.hpp"

namespace bus {
namespace {

// As a topic exchange does it, for patterns that end with "#" or have no wildcard.
bool matches(std::string_view topic, std::string_view routing_key) {
    if (!topic.ends_with('#')) return topic == routing_key;
    topic.remove_suffix(1);
    return routing_key.starts_with(topic) || (topic.ends_with('.') && routing_key == topic.substr(0, topic.size() - 1));
}

}  // namespace

std::shared_ptr<signal_inbox> signal_hub::listen(signal_subscription wanted) {
    auto inbox = std::make_shared<signal_inbox>(loop_, wanted.capacity);
    const std::lock_guard lock{mutex_};
    auto& all = listeners_[wanted.name];
    all.push_back({std::move(wanted), inbox});
    return inbox;
}

void signal_hub::send(std::string_view name, const parcel& signal) {
    const std::lock_guard lock{mutex_};
    const auto found = listeners_.find(name);
    if (found == listeners_.end()) return;
    for (const auto& listener : found->second) listener.give(signal);
}

void signal_hub::take(const carried_signal& signal) {
    if (!signal.name.empty()) return send(signal.name, {.data = signal.data});
    const std::lock_guard lock{mutex_};
    for (auto& [name, listeners] : listeners_)
        for (const auto& listener : listeners) {
            if (!listener.wanted.adopt || !matches(listener.wanted.topic, signal.routing_key)) continue;
            try {
                listener.give({.data = listener.wanted.adopt(signal.routing_key, signal.data)});
            } catch (const rejected&) {
                ++listener.inbox->missed;
            }
        }
}

void signal_hub::close() {
    const std::lock_guard lock{mutex_};
    for (auto& [name, listeners] : listeners_)
        for (const auto& listener : listeners) listener.inbox->waiting.close();
}

}  // namespace bus
