#pragma once

#include <conformance/adapter.hpp>
#include <set>
#include <string>
#include <vector>

namespace conformance {

using modules_of_a_process = std::set<std::string>;

// Each module on a bus of its own, as in a process of its own, with nothing but RabbitMQ between them; but for those
// that are named `together`.
[[nodiscard]] std::shared_ptr<const adapter> rabbitmq_adapter(std::vector<modules_of_a_process> together = {});

}  // namespace conformance
