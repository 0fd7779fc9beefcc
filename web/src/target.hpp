#pragma once

#include <optional>
#include <string_view>
#include <vector>
#include <web/request.hpp>

namespace web {

// Decodes the target of a request into `path` and `query`. A sentence when it is no path that we would ever serve:
// broken escapes, bytes that are not UTF-8, control characters, "." and "..", an escaped slash, too many parameters.
[[nodiscard]] std::optional<std::string_view> read_target(request& request, std::size_t most_parameters);

// name=value&… with escapes, as in a query or a form. A sentence when it is broken.
[[nodiscard]] std::optional<std::string_view> read_pairs(std::string_view text, std::size_t most, parameters& out);

// /a/b → a, b.
[[nodiscard]] std::vector<std::string> split_path(std::string_view path);

}  // namespace web
