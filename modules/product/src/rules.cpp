#include "rules.hpp"

#include <algorithm>
#include <core/uuid.hpp>
#include <string_view>
#include <utility>

#include "price.hpp"

namespace product {
namespace {

constexpr std::size_t longest_name = 200;            // characters
constexpr std::size_t longest_description = 10'000;  // characters

std::size_t length_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](unsigned char byte) { return (byte & 0xc0U) != 0x80U; }));
}

// Takes a text out of a patch, or says why there is none.
void take_text(const std::string& field, const nlohmann::json& value, std::optional<std::string>& target,
               field_errors& problems) {
    if (value.is_string())
        target = value.get<std::string>();
    else
        problems.push_back({field, "must be a string"});
}

}  // namespace

std::expected<checked_fields, field_errors> check(wanted_fields wanted) {
    field_errors problems;
    if (wanted.name && wanted.name->find_first_not_of(" \t\r\n") == std::string::npos)
        problems.push_back({"name", "is required"});
    if (wanted.name && length_of(*wanted.name) > longest_name)
        problems.push_back({"name", "must have at most 200 characters"});
    if (wanted.description && length_of(*wanted.description) > longest_description)
        problems.push_back({"description", "must have at most 10000 characters"});
    checked_fields fields{.name = std::move(wanted.name), .description = std::move(wanted.description)};
    if (wanted.price) {
        auto price = parse_price(*wanted.price);
        if (price)
            fields.price = std::move(*price);
        else
            problems.push_back({"price", price.error()});
    }
    if (!problems.empty()) return std::unexpected{std::move(problems)};
    return fields;
}

std::expected<checked_fields, field_errors> check_patch(const nlohmann::json& patch) {
    // RFC 7396, section 2: anything but an object would replace the whole product.
    if (!patch.is_object()) return std::unexpected{field_errors{{"", "must be an object"}}};
    wanted_fields wanted;
    field_errors problems;
    for (const auto& [field, value] : patch.items()) {
        const bool is_known = field == "name" || field == "description" || field == "price";
        if (!is_known)
            problems.push_back({field, "is not a known field"});
        else if (value.is_null())
            problems.push_back({field, "cannot be removed: a product always has it"});
        else if (field == "price")
            wanted.price = value;
        else
            take_text(field, value, field == "name" ? wanted.name : wanted.description, problems);
    }
    auto checked = check(std::move(wanted));
    if (problems.empty()) return checked;
    if (!checked) problems.insert(problems.end(), checked.error().begin(), checked.error().end());
    return std::unexpected{std::move(problems)};
}

bool is_product_id(std::string_view text) {
    constexpr std::size_t version_digit = 14;  // RFC 9562, section 5.7
    return core::is_uuid(text) && text[version_digit] == '7';
}

}  // namespace product
