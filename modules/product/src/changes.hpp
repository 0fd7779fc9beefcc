#pragma once

#include <product/messages.hpp>
#include <storage/transaction.hpp>

#include "rules.hpp"

// What a change of a product is: its row, its version and its event. In the transaction of whoever asks for it.
namespace product {

// A new one, with id and fields, at version 1.
void add(storage::transaction& transaction, written_product& product);

// A new one under an id that a client has given, so there may have been one of that id before. Readers take no version
// that is not newer than what they have heard of last, even of a product that was deleted; so it begins at a version
// that none of that id can have had: each has its own event, and this is the number that the next event gets.
void add_again(storage::transaction& transaction, written_product& product);

[[nodiscard]] bool is_like(const written_product& product, const checked_fields& fields);

// False when everything is like that already; then nothing is done.
bool change(storage::transaction& transaction, const checked_fields& fields, written_product& product);

}  // namespace product
