#pragma once

#include <optional>
#include <product/messages.hpp>
#include <storage/transaction.hpp>
#include <string>
#include <vector>

// SQL of the write side: what is true. Readers are shown the catalogue.
namespace product::products {

[[nodiscard]] std::optional<written_product> find(storage::reader& reader, const std::string& id);
// By id, from the first behind `after` on.
[[nodiscard]] std::vector<product_view> list(storage::reader& reader, const std::string& after, std::int64_t most);
void insert(storage::transaction& transaction, const written_product& product);
void replace(storage::transaction& transaction, const written_product& product);
void remove(storage::transaction& transaction, const std::string& id);

}  // namespace product::products
