#include <core/rate_limiter.hpp>

namespace core {

rate_limiter::verdict rate_limiter::take(std::string_view key, monotonic_time now) {
    auto& uses = uses_.use(key, now);
    while (!uses.empty() && now - uses.front() >= limit_.per) uses.pop_front();
    const bool is_allowed = uses.size() < limit_.count;
    if (is_allowed) uses.push_back(now);
    const auto wait = uses.empty() ? limit_.per : uses.front() + limit_.per - now;
    return {is_allowed, limit_.count - static_cast<std::uint32_t>(uses.size()),
            std::chrono::ceil<std::chrono::seconds>(wait)};
}

}  // namespace core
