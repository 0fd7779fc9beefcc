#pragma once

#include <core/embedded_file.hpp>
#include <span>

namespace logging {

// The schema of the module's database, for storage::database.
[[nodiscard]] std::span<const core::embedded_file> migrations();

}  // namespace logging
