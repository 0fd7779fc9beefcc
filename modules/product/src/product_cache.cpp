#include "product_cache.hpp"

#include <utility>

namespace product {
namespace {

constexpr std::size_t bytes_beside_text = 400;  // an entry, its nodes and small strings

core::counter& lookups(core::metrics& metrics, const char* outcome) {
    return metrics.add_counter(
        "busbar_product_cache_lookups_total",
        "Products that were asked for by id: hit (they were in memory), miss (read from the file).",
        {{"outcome", outcome}});
}

std::size_t size_of(const product_view& product) {
    return bytes_beside_text + product.name.size() + product.description.size();
}

}  // namespace

product_cache::product_cache(core::metrics& metrics, std::size_t most_bytes)
    : room_{most_bytes / 2}, hits_{lookups(metrics, "hit")}, misses_{lookups(metrics, "miss")} {}

const product_view* product_cache::find(const std::string& id) {
    const product_view* found = nullptr;
    if (const auto known = young_.find(id); known != young_.end())
        found = &known->second;
    else if (auto older = old_.extract(id))
        found = &put(std::move(older.mapped()));
    (found != nullptr ? hits_ : misses_).Increment();
    return found;
}

const product_view& product_cache::put(product_view product) {
    forget(product.id);
    const auto size = size_of(product);
    if (young_bytes_ + size > room_) {
        old_ = std::exchange(young_, {});
        young_bytes_ = 0;
    }
    young_bytes_ += size;
    auto id = product.id;
    return young_.emplace(std::move(id), std::move(product)).first->second;
}

void product_cache::forget(const std::string& id) {
    if (const auto known = young_.extract(id)) young_bytes_ -= size_of(known.mapped());
    old_.erase(id);
}

}  // namespace product
