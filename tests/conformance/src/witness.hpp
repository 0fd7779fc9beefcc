#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "wrapped_endpoint.hpp"

namespace conformance {

// Stands between the bus and the handlers, and between it and chaos, and counts what happens there in one life of the
// program: what the counters of the bus must say.
class witness {
public:
    // `attempts`: after how many an event is dead.
    explicit witness(std::int64_t attempts) : attempts_{attempts} {}

    struct seen {
        std::vector<std::string> types{};
        bus::start_from from = bus::start_from::beginning;
        std::int64_t starts = 0;
        std::int64_t running = 0;
        std::int64_t handled = 0;
        std::int64_t failed = 0;
        std::int64_t retried = 0;
        std::int64_t died = 0;
        std::int64_t suppressed = 0;
    };
    using handlers = std::map<std::pair<std::string, std::string>, seen>;  // by module and name

    [[nodiscard]] const handlers& all() const noexcept { return all_; }

    class door final : public wrapped_endpoint {
    public:
        door(witness& owner, bus::endpoint& inner, std::string module)
            : wrapped_endpoint{inner}, owner_{owner}, module_{std::move(module)} {}
        using wrapped_endpoint::add;
        void add(bus::event_handler handler) override;

    private:
        witness& owner_;
        std::string module_;
    };

private:
    core::awaitable<void> run(seen& seen, const event_function& handle, std::shared_ptr<const void> event,
                              bus::delivery& delivery) const;
    void note_failure(seen& seen, std::int64_t attempt, const std::exception_ptr& failure) const;

    std::int64_t attempts_;
    handlers all_;
};

}  // namespace conformance
