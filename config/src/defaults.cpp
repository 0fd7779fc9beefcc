#include <config/table.hpp>

#include "json.hpp"

namespace config {

std::string commented_defaults() {
    std::string file =
        "// Every setting with its default. Keep what you change, leave out the rest.\n"
        "// An environment variable counts more than this file, a flag of `busbar serve` more than both.\n"
        "// Sizes: 64KiB. Durations: 250ms, 30s, 5m, 12h, 7d. A secret can be kept in a file of mode 0600: "
        "\"smtp_url_file\": \"PATH\".\n"
        "{\n";
    std::string_view section;
    bool first = true;
    for (const setting& row : table()) {
        const auto dot = row.key.find('.');
        const std::string_view own = dot == std::string_view::npos ? std::string_view{} : row.key.substr(0, dot);
        const bool opens = own != section;
        if (!first) file += opens && !section.empty() ? "\n    },\n" : ",\n";
        if (opens && !own.empty()) file += "    \"" + std::string{own} + "\": {\n";
        section = own;
        first = false;

        const std::string indent = own.empty() ? "    " : "        ";
        const std::string name{dot == std::string_view::npos ? row.key : row.key.substr(dot + 1)};
        const std::string flag = row.flag.empty() ? "" : std::string{row.flag} + ", ";
        const std::string common = row.common_variable.empty() ? "" : ", " + std::string{row.common_variable};
        file +=
            indent + "// " + std::string{row.description} + " [" + flag + environment_name(row.key) + common + "]\n";
        file += indent + "\"" + name + "\": " + written(row, row.default_value).dump();
    }
    return file + (section.empty() ? "\n}\n" : "\n    }\n}\n");
}

}  // namespace config
