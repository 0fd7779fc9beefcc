#pragma once

#include <product/messages.hpp>
#include <storage/deferred_index.hpp>
#include <storage/transaction.hpp>
#include <string>

// SQL of the words that the catalogue is searched by. See migrations/0003_catalog_words.sql and 0004_catalog_end.sql.
namespace product::word_rows {

// The table that is searched at present.
[[nodiscard]] std::string searched(storage::reader& reader);

// Puts some of what has changed into the index; when that is all, some more into the new one, if one is being made.
[[nodiscard]] storage::index_state index_some(storage::transaction& transaction);

// Empties the index: all has to be put in again, and who searches waits for it.
void start_over(storage::transaction& transaction);

// From the next index_some() on a new index is made. One that was begun is begun anew.
void begin_anew(storage::transaction& transaction);

// How far the new index is.
[[nodiscard]] index_progress progress(storage::reader& reader);

}  // namespace product::word_rows
