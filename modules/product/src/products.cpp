#include "products.hpp"

#include <tuple>
#include <utility>

namespace product::products {

std::optional<written_product> find(storage::reader& reader, const std::string& id) {
    const auto row = reader.query_optional<std::string, std::string, std::string, std::string, std::int64_t,
                                           core::timestamp, core::timestamp, std::int64_t>(
        "SELECT id, name, description, price, version, created_at, updated_at, position FROM products WHERE id = ?1",
        id);
    if (!row) return std::nullopt;
    return std::apply([](const auto&... columns) { return written_product{columns...}; }, *row);
}

std::vector<product_view> list(storage::reader& reader, const std::string& after, std::int64_t most) {
    std::vector<product_view> found;
    for (auto& row : reader.query_all<std::string, std::string, std::string, std::string, std::int64_t, core::timestamp,
                                      core::timestamp>(
             "SELECT id, name, description, price, version, created_at, updated_at FROM products WHERE id > ?1 "
             "ORDER BY id LIMIT ?2",
             after, most))
        found.push_back(std::apply([](auto&... column) { return product_view{std::move(column)...}; }, row));
    return found;
}

void insert(storage::transaction& transaction, const written_product& product) {
    transaction.execute(
        "INSERT INTO products (id, name, description, price, version, created_at, updated_at, position) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        product.id, product.name, product.description, product.price, product.version, product.created_at,
        product.updated_at, product.position);
}

void replace(storage::transaction& transaction, const written_product& product) {
    transaction.execute(
        "UPDATE products SET name = ?2, description = ?3, price = ?4, version = ?5, updated_at = ?6, position = ?7 "
        "WHERE id = ?1",
        product.id, product.name, product.description, product.price, product.version, product.updated_at,
        product.position);
}

void remove(storage::transaction& transaction, const std::string& id) {
    transaction.execute("DELETE FROM products WHERE id = ?1", id);
}

}  // namespace product::products
