#pragma once

#include <core/error.hpp>
#include <expected>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The one rule of each field, wherever it enters. The reader has none of its own: what was written is shown.
namespace product {

// What a command wants to set; the rest stays as it is.
struct wanted_fields {
    std::optional<std::string> name{};
    std::optional<std::string> description{};
    std::optional<nlohmann::json> price{};
};

struct checked_fields {
    std::optional<std::string> name{};
    std::optional<std::string> description{};
    std::optional<std::string> price{};
};

using field_errors = std::vector<core::field_error>;

[[nodiscard]] std::expected<checked_fields, field_errors> check(wanted_fields wanted);

// A JSON merge patch, checked like everything else.
[[nodiscard]] std::expected<checked_fields, field_errors> check_patch(const nlohmann::json& patch);

// As this module makes them: whoever has an id may go by the time that is in it.
[[nodiscard]] bool is_product_id(std::string_view text);

}  // namespace product
