#pragma once

#include <core/metrics.hpp>
#include <cstddef>
#include <product/messages.hpp>
#include <string>
#include <unordered_map>

namespace product {

// Products that were read lately, in bounded memory: what was not read since about half of the room was filled with
// others goes. It is right because the loop alone reads and changes it: what is put in was read from the table in the
// same turn, and what a commit has changed is forgotten before anybody is told of it. Loop thread.
class product_cache {
public:
    // `most_bytes`: of all products together, about.
    product_cache(core::metrics& metrics, std::size_t most_bytes);

    // Valid until the next call.
    [[nodiscard]] const product_view* find(const std::string& id);
    const product_view& put(product_view product);
    void forget(const std::string& id);

private:
    using generation = std::unordered_map<std::string, product_view>;

    const std::size_t room_;  // of a generation
    generation young_;
    generation old_;
    std::size_t young_bytes_ = 0;
    core::counter& hits_;
    core::counter& misses_;
};

}  // namespace product
