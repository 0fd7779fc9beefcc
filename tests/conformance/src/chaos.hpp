#pragma once

#include <cstdint>
#include <random>

#include "wrapped_endpoint.hpp"

namespace conformance {

// What goes wrong in front of handlers, drawn from a seed: on its first attempt an event fails before its commit, with
// an exception or something else; is handed over twice, the first time without a commit or the second time as one that
// is done; or its handler fails after its commit. And every handler takes its time, so that keys overtake each other.
class chaos {
public:
    explicit chaos(std::uint64_t seed) : random_{seed} {}

    class door final : public wrapped_endpoint {
    public:
        door(chaos& owner, bus::endpoint& inner) : wrapped_endpoint{inner}, owner_{owner} {}
        using wrapped_endpoint::add;
        void add(bus::event_handler handler) override;

    private:
        chaos& owner_;
    };

private:
    enum class whim { none, exception, other_exception, twice_without_commit, twice_with_commit, late_exception };

    core::awaitable<void> run(const event_function& handle, std::shared_ptr<const void> event, bus::delivery& delivery);
    [[nodiscard]] whim draw(std::int64_t attempt);

    std::mt19937_64 random_;
};

}  // namespace conformance
