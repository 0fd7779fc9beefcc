#include <algorithm>
#include <cassert>
#include <cmath>
#include <core/backoff.hpp>
#include <core/uuid.hpp>
#include <cstdint>

namespace core {

retry_schedule::retry_schedule(std::vector<std::chrono::milliseconds> delays, double jitter)
    : delays_{std::move(delays)}, jitter_{jitter} {
    assert(!delays_.empty());
}

std::chrono::milliseconds retry_schedule::longest() const {
    return std::chrono::ceil<std::chrono::milliseconds>(*std::ranges::max_element(delays_) * (1 + jitter_));
}

std::chrono::milliseconds retry_schedule::delay(std::size_t failed_attempts, double random) const {
    assert(failed_attempts > 0);
    const auto nominal = delays_[std::min(failed_attempts, delays_.size()) - 1];
    return nominal + std::chrono::milliseconds{std::llround(static_cast<double>(nominal.count()) * jitter_ * random)};
}

retry_schedule doubling(std::chrono::milliseconds first, std::chrono::milliseconds cap) {
    std::vector<std::chrono::milliseconds> delays;
    for (auto delay = first; delay < cap; delay *= 2) delays.push_back(delay);
    delays.push_back(cap);
    return retry_schedule{std::move(delays)};
}

double random_fraction() {
    std::uint64_t bits = 0;
    random_bytes(std::as_writable_bytes(std::span{&bits, 1}));
    return static_cast<double>(bits >> 11U) * 0x1p-53;
}

}  // namespace core
