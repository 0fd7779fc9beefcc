#include "memory_adapter.hpp"

namespace conformance {

std::vector<fixture> fixtures() {
    std::vector<fixture> all;
    for (const bool wire_mode : {false, true})
        for (const bool is_chaotic : {false, true}) all.push_back({memory_adapter(wire_mode), is_chaotic});
    return all;
}

}  // namespace conformance
