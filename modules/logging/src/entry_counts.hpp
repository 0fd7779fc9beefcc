#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <storage/transaction.hpp>
#include <string>
#include <tuple>

#include "entry_id.hpp"

// How many entries there are, by hour, module and level.
namespace logging::entry_counts {

// Entries that are added or removed in one transaction.
class changes {
public:
    void add(std::int64_t id, const std::string& module, const std::string& level, std::int64_t count);
    void apply(storage::transaction& transaction) const;

private:
    std::map<std::tuple<std::int64_t, std::string, std::string>, std::int64_t> counts_;
};

// Of the hours that lie wholly in the range, which is narrowed to them. Nothing when there is none.
[[nodiscard]] std::int64_t of_whole_hours(storage::reader& reader, entry_id::range& hours,
                                          const std::optional<std::string>& module,
                                          const std::optional<std::string>& levels);

}  // namespace logging::entry_counts
