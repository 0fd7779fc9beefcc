#pragma once

#include <conformance/fixture.hpp>

#include "chaos.hpp"
#include "witness.hpp"

namespace conformance {

// What stands between a module of a test and the bus.
struct stage::doors {
    doors(witness& witness, chaos* chaos, bus::endpoint& inner, const std::string& module)
        : watched{witness, inner, module} {
        if (chaos != nullptr) disturbed.emplace(*chaos, watched);
    }
    [[nodiscard]] bus::endpoint& outermost() { return disturbed ? static_cast<bus::endpoint&>(*disturbed) : watched; }

    witness::door watched;
    std::optional<chaos::door> disturbed;
};

}  // namespace conformance
