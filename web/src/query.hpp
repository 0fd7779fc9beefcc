#pragma once

#include <core/clock.hpp>
#include <core/error.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <web/request.hpp>

// What a list is narrowed by. An empty parameter is none; what is wrong with one is added to `errors`.
namespace web {

[[nodiscard]] std::optional<std::string> text_parameter(const request& request, std::string_view name);
[[nodiscard]] std::optional<core::timestamp> time_parameter(const request& request, std::string_view name,
                                                            std::vector<core::field_error>& errors);
// A whole number from 1 to `most`.
[[nodiscard]] std::int64_t number_parameter(const request& request, std::string_view name, std::int64_t fallback,
                                            std::int64_t most, std::vector<core::field_error>& errors);
[[nodiscard]] std::int64_t size_parameter(const request& request, std::int64_t fallback, std::int64_t most,
                                          std::vector<core::field_error>& errors);

}  // namespace web
