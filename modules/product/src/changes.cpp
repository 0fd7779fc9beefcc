#include "changes.hpp"

#include <bus/publish.hpp>
#include <storage/event_log.hpp>

#include "products.hpp"

namespace product {
namespace {

void set(std::string& value, const std::optional<std::string>& wanted) {
    if (wanted) value = *wanted;
}

template <class Event>
std::int64_t publish_as(storage::transaction& transaction, const written_product& product) {
    return bus::publish(transaction, Event{product.id, product.name, product.description, product.price,
                                           product.version, product.created_at, product.updated_at});
}

}  // namespace

void add(storage::transaction& transaction, written_product& product) {
    product.created_at = product.updated_at = transaction.now();
    product.position = publish_as<product_created>(transaction, product);
    products::insert(transaction, product);
}

void add_again(storage::transaction& transaction, written_product& product) {
    product.version = storage::last_sequence(transaction) + 1;
    add(transaction, product);
}

bool is_like(const written_product& product, const checked_fields& fields) {
    return fields.name.value_or(product.name) == product.name &&
           fields.description.value_or(product.description) == product.description &&
           fields.price.value_or(product.price) == product.price;
}

bool change(storage::transaction& transaction, const checked_fields& fields, written_product& product) {
    if (is_like(product, fields)) return false;
    set(product.name, fields.name);
    set(product.description, fields.description);
    set(product.price, fields.price);
    ++product.version;
    product.updated_at = transaction.now();
    product.position = publish_as<product_updated>(transaction, product);
    products::replace(transaction, product);
    return true;
}

}  // namespace product
