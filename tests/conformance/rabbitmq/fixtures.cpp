#include "rabbitmq_adapter.hpp"

namespace conformance {

std::vector<fixture> fixtures() {
    const auto bus = rabbitmq_adapter();
    return {{bus, false}, {bus, true}};
}

}  // namespace conformance
