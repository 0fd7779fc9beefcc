#include "names.hpp"

namespace bus::amqp {
namespace {

constexpr std::int64_t most_waiting_signals = 10'000;

queue quorum_queue(std::string name) { return {std::move(name), {{"x-queue-type", std::string{"quorum"}}}}; }

}  // namespace

topology shared_topology(const names& names, const std::vector<known_module>& modules) {
    topology topology;
    topology.exchanges = {{names.events(), "topic"}, {names.requests(), "direct"}, {names.signals(), "topic"}};
    for (const auto& module : modules) {
        auto queue = quorum_queue(names.queue_of(module.name));
        queue.arguments.emplace_back("x-single-active-consumer", true);
        topology.queues.push_back(std::move(queue));
        for (const auto& source : module.follows)
            topology.bindings.push_back({names.queue_of(module.name), names.events(), source + ".#"});
    }
    return topology;
}

void add_requests(topology& topology, const names& names, const std::string& module,
                  const std::vector<std::string>& requests) {
    const auto queue = names.requests_of(module);
    topology.queues.push_back(quorum_queue(queue));
    for (const auto& request : requests) topology.bindings.push_back({queue, names.requests(), request});
}

void add_signals(topology& topology, const names& names, const std::string& module,
                 const std::vector<std::string>& keys) {
    const auto queue = names.signals_of(module);
    topology.queues.push_back(
        {queue, {{"x-max-length", most_waiting_signals}, {"x-overflow", std::string{"drop-head"}}}});
    for (const auto& key : keys) topology.bindings.push_back({queue, names.signals(), key});
}

}  // namespace bus::amqp
