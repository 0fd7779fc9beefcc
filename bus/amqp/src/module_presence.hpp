#pragma once

#include <chrono>
#include <core/clock.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace bus::amqp {

// Remembers for a moment which modules somebody answers for: a durable queue takes requests also when nobody does. No
// I/O, no clock.
class module_presence {
public:
    explicit module_presence(std::chrono::milliseconds valid_for) : valid_for_{valid_for} {}

    // Only that a module is there is remembered: one that has just come is found at once.
    [[nodiscard]] bool is_known_to_be_there(const std::string& module, core::monotonic_time now) const {
        const auto found = seen_at_.find(module);
        return found != seen_at_.end() && now < found->second + valid_for_;
    }
    void heard(const std::string& module, std::optional<std::uint32_t> consumers, core::monotonic_time now) {
        if (consumers.value_or(0) > 0)
            seen_at_[module] = now;
        else
            seen_at_.erase(module);
    }
    void forget_all() { seen_at_.clear(); }

private:
    std::chrono::milliseconds valid_for_;
    std::map<std::string, core::monotonic_time> seen_at_;
};

}  // namespace bus::amqp
