#pragma once

#include <bus/amqp/settings.hpp>
#include <string>
#include <string_view>

#include "topology.hpp"

namespace bus::amqp {

// Where everything is on the broker.
class names {
public:
    explicit names(std::string prefix) : prefix_{std::move(prefix)} {}

    [[nodiscard]] std::string events() const { return prefix_ + ".events"; }
    [[nodiscard]] std::string requests() const { return prefix_ + ".requests"; }
    [[nodiscard]] std::string signals() const { return prefix_ + ".signals"; }
    [[nodiscard]] std::string queue_of(std::string_view module) const { return prefix_ + "." + std::string{module}; }
    [[nodiscard]] std::string requests_of(std::string_view module) const {
        return requests() + "." + std::string{module};
    }
    [[nodiscard]] std::string signals_of(std::string_view module) const { return queue_of(module) + ".signals"; }

private:
    std::string prefix_;
};

// The exchanges, and the queue of every module with what it follows.
[[nodiscard]] topology shared_topology(const names& names, const std::vector<known_module>& modules);
// The queue of the requests that a module answers.
void add_requests(topology& topology, const names& names, const std::string& module,
                  const std::vector<std::string>& requests);
// A queue that drops its oldest rather than grow.
void add_signals(topology& topology, const names& names, const std::string& module,
                 const std::vector<std::string>& keys);

}  // namespace bus::amqp
