#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <storage/event_record.hpp>
#include <storage/transaction.hpp>
#include <string>
#include <vector>

namespace storage {

struct event_filter {
    std::optional<std::string> type{};
    std::optional<core::timestamp> since{};
    std::optional<core::timestamp> until{};
    std::optional<std::int64_t> before{};
    std::optional<std::int64_t> after{};
    std::size_t most = 0;
};

[[nodiscard]] std::int64_t first_sequence(reader& reader);
[[nodiscard]] std::optional<std::int64_t> first_sequence_since(reader& reader, core::timestamp time);
[[nodiscard]] std::vector<event_record> find_events(reader& reader, const event_filter& filter);
std::int64_t forget_events(transaction& transaction, std::int64_t up_to, core::timestamp older_than, std::size_t most);

}  // namespace storage
