#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace bus::amqp {

struct exchange {
    std::string name;
    std::string type;  // "topic", "direct"; durable
};

// Durable.
struct queue {
    std::string name;
    std::vector<std::pair<std::string, std::variant<std::string, std::int64_t, bool>>> arguments{};
};

struct binding {
    std::string queue;
    std::string exchange;
    std::string routing_key;
};

// What must be there before anything is published. To declare it again changes nothing.
struct topology {
    std::vector<exchange> exchanges{};
    std::vector<queue> queues{};
    std::vector<binding> bindings{};
};

}  // namespace bus::amqp
