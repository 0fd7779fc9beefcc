#pragma once

#include <config/table.hpp>
#include <nlohmann/json.hpp>

namespace config {

// A value as it stands in a configuration file: a number, a list or a text.
[[nodiscard]] inline nlohmann::ordered_json written(const setting& row, std::string_view text) {
    if (row.written == shape::number) return nlohmann::ordered_json::parse(text);
    if (row.written == shape::text) return std::string{text};
    auto items = nlohmann::ordered_json::array();
    for (std::string_view rest = text;;) {
        const auto comma = rest.find(',');
        items.push_back(std::string{rest.substr(0, comma)});
        if (comma == std::string_view::npos) return items;
        rest.remove_prefix(comma + 1);
    }
}

}  // namespace config
