#pragma once

#include <bus/operations.hpp>
#include <storage/dead_letters.hpp>
#include <storage/event_record.hpp>
#include <string>

namespace bus {

// Rows of a module's file as an operator sees them.
[[nodiscard]] dead_letter view_of(const std::string& module, storage::dead_letter letter);
[[nodiscard]] event_view view_of(const std::string& module, const storage::event_record& row);

}  // namespace bus
