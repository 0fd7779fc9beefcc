#pragma once

#include <core/clock.hpp>
#include <cstdint>
#include <string>

#include "connection.hpp"

namespace storage {

// Where a module's own log goes on after the file was opened.
struct log_opening {
    std::int64_t epoch = 0;
    std::int64_t next_sequence = 1;
};

// Begins a new epoch where rows may have been lost (a new log, or an unclean end) and marks the log as open.
[[nodiscard]] log_opening open_log(connection& connection, const std::string& log, core::timestamp now);

}  // namespace storage
