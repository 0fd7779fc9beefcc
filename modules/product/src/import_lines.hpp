#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules.hpp"

namespace product {

// A product as a line of a file has it.
struct imported_line {
    std::size_t number = 1;           // of the line
    std::optional<std::string> id{};  // none: of a new product
    checked_fields fields{};          // all of them
};

// JSON lines, checked like everything else; blank ones are passed over. The errors name each line that is not right:
// "line 17: price", or "line 17" for all of it.
[[nodiscard]] std::expected<std::vector<imported_line>, field_errors> read_import(std::string_view text);

}  // namespace product
