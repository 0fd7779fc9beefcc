#pragma once

#include <logging/messages.hpp>
#include <storage/transaction.hpp>
#include <vector>

namespace logging::entries {

void add(storage::transaction& transaction, const entry_recorded& entry);
// Newest first.
[[nodiscard]] log_page search(storage::reader& reader, const search_entries& query);
// At most `most` entries that are older; returns how many.
std::int64_t remove_before(storage::transaction& transaction, core::timestamp time, std::int64_t most);

}  // namespace logging::entries
