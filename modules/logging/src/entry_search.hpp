#pragma once

#include <logging/messages.hpp>
#include <span>
#include <storage/reader.hpp>
#include <vector>

#include "entry_id.hpp"
#include "search_expression.hpp"

// How entries are found.
namespace logging::entry_search {

[[nodiscard]] log_page find(storage::reader& reader, const search_entries& query);

// Those after `id`, oldest first, up to and with `last`.
[[nodiscard]] std::vector<log_view> find_after(storage::reader& reader, const entry_filter& filter, std::int64_t id,
                                               std::int64_t last, std::int64_t most);
// Those of `ids` that are meant, in the order of ids.
[[nodiscard]] std::vector<log_view> find_among(storage::reader& reader, const entry_filter& filter,
                                               std::span<const std::int64_t> ids);

}  // namespace logging::entry_search
