#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>

namespace logging {

// What an entry from outside may have.
inline constexpr std::size_t longest_name = 250;        // bytes
inline constexpr std::size_t largest_data = 32 * 1024;  // bytes as JSON
// The module that is named for those that come without one.
inline constexpr auto outside_module = "external";

[[nodiscard]] inline bool is_too_large(const nlohmann::json& data) {
    return data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).size() > largest_data;
}

}  // namespace logging
