#pragma once

#include <optional>
#include <product/messages.hpp>
#include <storage/transaction.hpp>
#include <string>

// SQL of the write side: what is true. Readers are shown the catalogue.
namespace product::products {

[[nodiscard]] std::optional<written_product> find(storage::reader& reader, const std::string& id);
void insert(storage::transaction& transaction, const written_product& product);
void replace(storage::transaction& transaction, const written_product& product);
void remove(storage::transaction& transaction, const std::string& id);

}  // namespace product::products
