#pragma once

#include <cstdint>
#include <storage/event_record.hpp>
#include <storage/reader.hpp>
#include <string>
#include <vector>

namespace storage {

// Events by their trace, which no index knows: every append would have to pay for one. So the rows are read, for
// database::search().
class traced_rows {
public:
    // `log`: empty for the module's own, else that of a copy.
    explicit traced_rows(std::string log) : log_{std::move(log)} {}

    // Of the rows that are kept; 0 when there are none.
    [[nodiscard]] std::int64_t first_sequence(reader& reader) const;
    [[nodiscard]] std::int64_t last_sequence(reader& reader) const;
    // Those after `after`, up to and with `up_to`, without their data.
    [[nodiscard]] std::vector<event_record> find(reader& reader, const std::string& trace_id, std::int64_t after,
                                                 std::int64_t up_to) const;

private:
    std::string log_;
};

}  // namespace storage
