#pragma once

#include <cstdint>
#include <storage/deferred_index.hpp>
#include <storage/transaction.hpp>

// SQL of the words that mails are found by. A mail's secret is none of them.
namespace email::mail_words {

// Puts in those of the next mails.
[[nodiscard]] storage::index_state index_some(storage::transaction& transaction);

// The index is damaged: all has to be put in again, and who searches waits for it.
void start_over(storage::transaction& transaction);

// The receivers of a mail are others now.
void update_addresses(storage::transaction& transaction, std::int64_t sequence);

}  // namespace email::mail_words
