#pragma once

#include <core/clock.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace core {

// What is known of keys that were used lately, in bounded memory, whatever keys strangers think of. An entry stays for
// `age` after its last use, unless `most` / 2 other keys were used since. One thread.
template <class Value>
class recent_map {
public:
    recent_map(std::size_t most, monotonic_time::duration age) : most_{most / 2 + 1}, age_{age} {}

    // Of the key, a new one if nothing is known.
    Value& use(std::string_view key, monotonic_time now) {
        if (now - began_ >= age_ || young_.size() >= most_) {
            if (now - began_ >= 2 * age_) young_.clear();
            old_ = std::exchange(young_, {});
            began_ = now;
        }
        if (const auto known = young_.find(std::string{key}); known != young_.end()) return known->second;
        if (auto known = old_.extract(std::string{key})) return young_.insert(std::move(known)).position->second;
        return young_[std::string{key}];
    }
    void forget(std::string_view key) {
        young_.erase(std::string{key});
        old_.erase(std::string{key});
    }
    [[nodiscard]] std::size_t size() const noexcept { return young_.size() + old_.size(); }

private:
    const std::size_t most_;  // of each generation
    const monotonic_time::duration age_;
    monotonic_time began_{};  // the young generation
    std::unordered_map<std::string, Value> young_;
    std::unordered_map<std::string, Value> old_;
};

}  // namespace core
